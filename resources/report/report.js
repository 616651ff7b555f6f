"use strict";
// The page, made of the JSON in it.

const validation = JSON.parse(document.getElementById("octet-validation").textContent);
const beside = JSON.parse(document.getElementById("octet-report").textContent);
const page = document.getElementById("report");
const measures = new Map(beside.measures.map((measure) => [measure.id, measure]));
const thresholds = validation.subject.thresholds.measures;
const SEVERITY = { "no-audible-change": 0, listen: 1, broken: 2 };
const WORDS = { "no-audible-change": "no audible change expected", listen: "listen to it", broken: "broken" };

function shown(id, value) {
  if (value === null || value === undefined) return "-";
  return value.toFixed(measures.get(id).decimals);
}

function titled(measure) { return measure.unit ? `${measure.name}, ${measure.unit}` : measure.name; }

// How far a finding is between inaudible, 0, and broken, 1, at the far end of its interval.
function reach(finding) {
  const threshold = thresholds.find((one) => one.measure === finding.measure);
  if (finding.high === null) return -Infinity;
  const far = threshold.two_sided ? Math.max(finding.high, -finding.least) : finding.high;
  return (far - threshold.inaudible) / (threshold.broken - threshold.inaudible);
}

function furthest(plan) { return plan.findings.reduce((a, b) => reach(b) > reach(a) ? b : a); }

// How much a plan changes speech, of what another draw of noise changes: the middle one of the measures.
function share(plan) {
  const shares = plan.findings.filter((one) => one.change !== null && one.floor_change > 0)
    .map((one) => one.change / one.floor_change).sort((a, b) => a - b);
  return shares.length ? (shares[Math.floor((shares.length - 1) / 2)] + shares[Math.ceil((shares.length - 1) / 2)]) / 2 : null;
}

// Whether nothing tells two plans apart by where they are furthest.
function alike(a, b) {
  const one = furthest(a), other = furthest(b), within = (mean, finding) => mean >= finding.low && mean <= finding.high;
  return a.verdict === b.verdict && one.measure === other.measure && within(one.worse, other) && within(other.worse, one);
}

// Of one verdict.
function worstFirst(group) {
  const same = group.every((a) => group.every((b) => alike(a, b)));
  return group.sort((a, b) => same ? share(b) - share(a) : reach(furthest(b)) - reach(furthest(a)));
}

const control = validation.control;  // bad on purpose, to be found
const plans = Object.keys(SEVERITY).reverse().flatMap((verdict) =>
  worstFirst(validation.plans.filter((plan) => plan.plan !== control?.plan && plan.verdict === verdict)));
const judged = [...plans, ...validation.plans.filter((plan) => plan.plan === control?.plan)];

function section(title, ...children) {
  const made = element("section", {}, element("h2", {}, title), ...children);
  page.append(made);
  return made;
}

function isText(cell) { return cell instanceof Node && cell.classList.contains("text"); }

function table(caption, head, rows) {
  return element("div", { class: "table" }, element("table", {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...head.map((text, column) =>
      element("th", { scope: "col", class: isText(rows[0]?.[column]) ? "text" : "" }, text)))),
    element("tbody", {}, ...rows.map((cells) => element("tr", {}, ...cells.map((cell) =>
      cell instanceof Node ? cell : element("td", {}, cell)))))));
}

function interval(finding) {
  const id = finding.measure;
  return element("td", { class: finding.verdict === "listen" ? "" : finding.verdict }, finding.clips === 0 ? "-"
    : `${shown(id, finding.worse)} (${shown(id, finding.low)} to ${shown(id, finding.high)})`);
}

function cannotTell(plan) {
  return plan.findings.filter((finding) => finding.cannot_tell).map((finding) => measures.get(finding.measure).name);
}

// What a measure cannot show, in words; empty where it can.
function blindness(threshold) {
  const measure = measures.get(threshold.measure);
  if (threshold.inaudible === 0) return "no limit of hearing is known: the floor is the only yardstick";
  const hidden = plans.filter((plan) => findingOf(plan, measure.id).cannot_tell);
  if (hidden.length === 0) return "";
  return `cannot tell: ${hidden.map((plan) => plan.plan).join(", ")} ${hidden.length === 1 ? "changes" : "change"} it by more than the `
    + `${[threshold.inaudible, measure.unit].filter(String).join(" ")} that nobody hears, two draws of noise by ${floorChange(measure.id)}`;
}

function findingOf(plan, id) { return plan.findings.find((finding) => finding.measure === id); }

// The smallest change that would have been told, of the plan whose clips vary most.
function detectable(id) {
  const known = plans.map((plan) => findingOf(plan, id).detectable).filter((value) => value !== null);
  return known.length ? shown(id, Math.max(...known)) : "-";
}

// By how much two draws of noise differ, in the mean over clips.
function floorChange(id) {
  return judged.length ? shown(id, findingOf(judged[0], id).floor_change) : "-";
}

// Where limits come from, and what they leave unseen.
function limits() {
  section("What this test can see",
    element("p", {}, "Two draws of noise, the reference under two seeds, are as right as each other: by how much they differ, clip by clip, is each measure's floor. "
      + "By a measure a plan is inaudible where it is certainly worse than the floor by less than the first limit, broken where certainly by more than the second. "
      + "The smallest change that the clips show is what would have been told from the floor in four cases of five, by how much clips differ from each other. "
      + "Plans speak under the reference's own noise, so that they often lie far below the floor: they change speech less than another draw does, which is not that nobody could hear it side by side."),
    element("p", {}, "No words are recognised: a word that was lost or became another one can lie within the floor of every measure here. Listen for it."),
    table("By measure: what two draws of noise differ by, and by how much more a plan may",
      ["measure", "two draws differ by", "inaudible below", "broken above", `smallest change that ${validation.clips.length} clips show`,
        ...(control ? ["control, worse by"] : []), "what it cannot see"],
      thresholds.map((one) => {
        const measure = measures.get(one.measure), sides = one.two_sided ? "±" : "";
        return [titled(measure), floorChange(one.measure), one.inaudible === 0 ? "the floor" : `${sides}${one.inaudible}`,
          `${sides}${one.broken}`, detectable(measure.id), ...(control ? [mean(findingOf(judged.at(-1), measure.id))] : []),
          element("td", { class: "text wide" }, blindness(one))];
      })));
}

function mean(finding) {
  return element("td", { class: finding.verdict === "listen" ? "" : finding.verdict }, shown(finding.measure, finding.worse));
}

function verdicts() {
  const counts = Object.keys(SEVERITY).map((verdict) => [verdict, plans.filter((plan) => plan.verdict === verdict).length]);
  section("Verdicts",
    element("p", {}, `${validation.clips.length} clips; ` + counts.filter(([, count]) => count > 0)
      .map(([verdict, count]) => `${count} plan${count === 1 ? "" : "s"}: ${WORDS[verdict]}`).join("; ") + "."),
    ...(control ? [element("p", { class: control.found ? "no-audible-change" : "broken", id: "control" }, control.said)] : []),
    ...validation.warnings.filter((warning) => warning !== control?.said).map((warning) => element("p", { class: "listen" }, warning)),
    ...validation.skipped.map((clip) => element("p", { class: "listen" }, `${clip.clip} was left out: ${clip.reason}`)),
    table("Worst first. Furthest is the measure by which a plan comes nearest to being heard: how much worse than two draws of noise, mean over clips (95 % interval). Alike: plans that this does not tell apart stand by how much they change, of what another draw does (the middle one of all measures).",
      ["plan", "verdict", "MB", "change, of another draw's", "furthest", "worse than the floor by", "cannot tell by"],
      judged.map((plan) => [
        element("td", { class: "text wrap" }, plan.plan === control?.plan ? `${plan.plan} (must be found)` : plan.plan),
        element("td", { class: `text ${plan.verdict}` }, WORDS[plan.verdict]),
        (plan.bytes / 1e6).toFixed(1), share(plan) === null ? "-" : `${(100 * share(plan)).toFixed(0)} %`,
        element("td", { class: "text wrap" }, (plans.some((other) => other !== plan && alike(plan, other)) ? "alike: " : "")
          + titled(measures.get(furthest(plan).measure))),
        interval(furthest(plan)), element("td", { class: "text wrap" }, cannotTell(plan).join(", ") || "-")])),
    element("details", {}, element("summary", {}, "All findings"),
      table("In colour: certainly inaudible, certainly broken", ["plan", ...thresholds.map((one) => titled(measures.get(one.measure)))],
        judged.map((plan) => [plan.plan, ...plan.findings.map(interval)]))));
}

function plots() {
  const figures = thresholds.map((threshold) => {
    const measure = measures.get(threshold.measure);
    const rows = judged.map((plan) => {
      const finding = findingOf(plan, threshold.measure);
      const clips = validation.clips.map((clip) =>
        worse(measure.better, clip.scores[plan.plan][measure.id], clip.floor[measure.id])).filter((value) => value !== null);
      return { name: plan.plan, verdict: finding.verdict, worse: finding.worse, low: finding.low, high: finding.high, clips };
    });
    return element("figure", {}, element("figcaption", {}, `${titled(measure)}: worse than the floor by`
      + (blindness(threshold) && `; ${blindness(threshold)}`)),
      intervalPlot(rows, threshold, measure.unit));
  });
  section("By measure",
    element("p", { class: "quiet" }, "Bars are 95 % intervals of the mean, large dots means, small dots clips. The floor, 0, is the reference under another seed: what two draws of noise differ by."),
    element("div", { class: "plots" }, ...figures));
}

let playing = null;

function clipPlayer(clip) {
  const sounds = clip.versions.map((version) => samplesOf(version.pcm16));
  const loudness = sounds.map(() => null);
  const level = (index) => loudness[index] ||= levels(sounds[index], COLUMNS);
  const loudest = Math.max(...level(0).map((column) => Math.max(...column)));
  let chosen = clip.versions.findIndex((version) => version.name === plans[0]?.plan);
  if (chosen < 0) chosen = 0;
  const canvases = [0, 1, 2].map(() => element("canvas", { role: "img" }));
  const captions = canvases.map(() => element("figcaption"));
  const moments = element("p");
  const buttons = clip.versions.map((version, index) =>
    element("button", { type: "button", onclick: () => choose(index) }, version.name));
  const play = element("button", { type: "button", onclick: () => playing?.clip === clip ? halt() : begin(0) }, "Play");

  function begin(offset) {
    halt();
    const context = playing?.context || new AudioContext({ sampleRate: clip.rate });
    playing = { clip, context, playback: new Playback(context, clip.rate, sounds, chosen, context.currentTime + 0.05, offset) };
    playing.playback.parts[0].source.onended = () => { if (playing?.clip === clip) halt(); };
    play.textContent = "Stop";
  }
  function halt() {
    if (!playing) return;
    playing.playback.parts[0].source.onended = null;
    playing.playback.stop();
    playing.context.close();
    for (const button of document.querySelectorAll("button.play")) button.textContent = "Play";
    playing = null;
  }
  function choose(index) {
    chosen = index;
    if (playing?.clip === clip) playing.playback.select(index, playing.context.currentTime);
    show();
  }
  function show() {
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", index === chosen));
    drawLevels(canvases[0], level(0), loudest);
    drawLevels(canvases[1], level(chosen), loudest);
    drawDifference(canvases[2], level(0), level(chosen), loudest);
    const name = clip.versions[chosen].name;
    captions[0].textContent = clip.versions[0].name;
    captions[1].textContent = name;
    captions[2].textContent = `${name} minus ${clip.versions[0].name}: red is louder, blue quieter, full at ${DIFFERENCE_DB} dB`;
    const listed = clip.versions[chosen].moments;
    moments.replaceChildren(listed.length ? "Listen at: " : "", ...listed.map((moment) =>
      element("button", { type: "button", onclick: () => begin(Math.max(moment.seconds - 0.4, 0)) },
        `${moment.seconds.toFixed(2)} s (${moment.decibels.toFixed(1)} dB)`)));
  }
  play.classList.add("play");
  show();
  return element("article", {}, element("h3", {}, clip.clip), element("div", {}, play, ...buttons), moments,
    ...canvases.map((canvas, index) => element("figure", {}, canvas, captions[index])));
}

function sounds() {
  if (beside.sounds.length === 0) return;
  section("To listen to",
    element("p", { class: "quiet" }, "The clips on which plans stand worst. All versions run side by side; a button changes to another at the same sample. 0 to 12 kHz, 80 dB."),
    ...beside.sounds.map(clipPlayer));
}

function scores() {
  const place = element("div");
  const choice = element("select", { "aria-label": "plan", onchange: () => show(choice.value) },
    ...judged.map((plan) => element("option", { value: plan.plan }, plan.plan)));
  function badness(clip, name) {
    return Math.max(...thresholds.map((one) =>
      (worse(measures.get(one.measure).better, clip.scores[name][one.measure], clip.floor[one.measure]) ?? -Infinity) / (one.broken || 1)));
  }
  function show(name) {
    const clips = [...validation.clips].sort((a, b) => badness(b, name) - badness(a, name));
    place.replaceChildren(table(`${name}: clips, worst first; each score, and in brackets the floor's`,
      ["clip", ...validation.subject.measures.map((id) => titled(measures.get(id)))],
      clips.map((clip) => [clip.clip, ...validation.subject.measures.map((id) =>
        `${shown(id, clip.scores[name][id])} (${shown(id, clip.floor[id])})`)])));
  }
  section("Clips", choice, place);
  if (judged.length > 0) show(judged[0].plan);
}

// What plans weigh, and, where it was asked for, what stages took.
function costs() {
  const { costs: asked } = validation.subject;
  const components = Object.keys(validation.plans[0]?.components ?? {});
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  section("Cost",
    table("Weights, MB", ["plan", ...components, "all"], validation.plans.map((plan) =>
      [plan.plan, ...components.map((name) => megabytes(plan.components[name])), megabytes(plan.bytes)])));
  if (!asked || !validation.reference_stages) return;
  const all = [{ plan: "reference", stages: validation.reference_stages }, ...validation.plans];
  const stages = validation.reference_stages.map((one) => one.stage);
  page.lastElementChild.append(
    table("Milliseconds that stages took: medians over clips", ["plan", ...stages], all.map((plan) =>
      [plan.plan, ...plan.stages.map((one) => (1e3 * one.seconds).toFixed(1))])),
    table("Memory at its highest, MB: the allocator's on a GPU, the whole process's on a CPU, all plans together",
      ["plan", ...stages], all.map((plan) => [plan.plan, ...plan.stages.map((one) => megabytes(one.peak_bytes))])));
}

function reasons() {
  section("Plans", ...beside.plans.map((plan) => element("details", {},
    element("summary", {}, plan.name),
    table("What becomes of the layers, and why", ["layers", "stored as", "reason", "which"],
      plan.layers.map((group) => [String(group.layers.length), element("td", { class: "text" }, group.stored),
        element("td", { class: "text wide" }, group.reason || "as the plan says"),
        element("td", { class: "text wide" }, element("code", {}, group.layers.length > 6
          ? `${group.layers.slice(0, 3).join(", ")}, … ${group.layers.at(-1)}` : group.layers.join(", ")))])))));
}

function provenance() {
  const { subject } = validation;
  const rows = [["command", beside.command], ["Octet", subject.octet_version],
    ["checkpoint", `${subject.checkpoint}, SHA-256 ${subject.checkpoint_sha256}`],
    ["clips", `${subject.clips.length}: ${subject.clips.join(", ")}; SHA-256 of all requests ${subject.clips_sha256}`],
    ["device", `${subject.device}, ${subject.threads} threads`], ["steps, seed", `${subject.steps}, ${subject.seed}`],
    ...(subject.calibration_sha256 ? [["calibration", `SHA-256 ${subject.calibration_sha256}`]] : []),
    ["reference", subject.reference], ["floor", subject.floor],
    ["thresholds", `error ${subject.thresholds.error}; ` + thresholds.map((one) =>
      `${measures.get(one.measure).name} ${one.two_sided ? "±" : ""}${one.inaudible} to ${one.broken} ${measures.get(one.measure).unit}`).join("; ")]];
  section("Where it comes from",
    element("dl", {}, ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, element("code", {}, value))])),
    element("details", {}, element("summary", {}, "What the measures are"),
      element("dl", {}, ...beside.measures.flatMap((measure) => [element("dt", {}, titled(measure)),
        element("dd", {}, `${measure.definition}; better: ${measure.better}`)]))));
}

page.append(element("p", { class: "quiet" }, `${validation.subject.checkpoint}, ${validation.clips.length} clips, ${validation.subject.steps} steps, seed ${validation.subject.seed}, ${validation.subject.device}, by Octet ${validation.subject.octet_version}`));
verdicts();
limits();
plots();
sounds();
scores();
costs();
reasons();
provenance();

addEventListener("beforeprint", () => { for (const more of document.querySelectorAll("details")) more.open = true; });
