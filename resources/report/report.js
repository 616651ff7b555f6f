"use strict";
// The page, made of the JSON in it.

const validation = JSON.parse(document.getElementById("octet-validation").textContent);
const beside = JSON.parse(document.getElementById("octet-report").textContent);
const page = document.getElementById("report");
const measures = new Map(beside.measures.map((measure) => [measure.id, measure]));
const thresholds = validation.subject.thresholds.measures;
const MARKS = { "no-audible-change": "✓", listen: "?", broken: "✗" };

function shown(id, value) {
  if (value === null || value === undefined) return "-";
  return value.toFixed(measures.get(id).decimals);
}

function titled(measure) { return measure.unit ? `${measure.name}, ${measure.unit}` : measure.name; }

// How much of what a plan is allowed it uses, at the far end of its interval: it may be as far from the reference as two
// draws of noise are from each other, and by the limit more.
function used(finding) {
  const threshold = thresholds.find((one) => one.measure === finding.measure), floor = finding.floor_change ?? 0;
  if (finding.high === null) return -Infinity;
  const allowed = floor + threshold.inaudible;
  const above = allowed > 0 ? (floor + finding.high) / allowed : Infinity;
  return threshold.two_sided ? Math.max(above, -finding.least / threshold.inaudible) : above;
}

function furthest(plan) { return plan.findings.reduce((a, b) => used(b) > used(a) ? b : a); }

// How much a plan changes speech, of what another draw of noise changes: the middle one of the measures.
function share(plan) {
  const shares = plan.findings.filter((one) => one.change !== null && one.floor_change > 0)
    .map((one) => one.change / one.floor_change).sort((a, b) => a - b);
  return shares.length ? (shares[Math.floor((shares.length - 1) / 2)] + shares[Math.ceil((shares.length - 1) / 2)]) / 2 : null;
}

// Whether two plans are not told apart where either uses most of what is allowed.
function alike(a, b) {
  const within = (mean, finding) => mean >= finding.low && mean <= finding.high;
  return [a, b].map((plan) => furthest(plan).measure).every((id) => {
    const one = findingOf(a, id), other = findingOf(b, id);
    return within(one.worse, other) && within(other.worse, one);
  });
}

function allAlike(group) { return group.every((a) => group.every((b) => alike(a, b))); }

// What it is called where there is little room.
function nameOf(plan) { return plan.plan === control?.plan ? "control" : plan.plan; }

// Of one verdict.
function worstFirst(group) {
  const same = allAlike(group);
  return group.sort((a, b) => same ? share(b) - share(a) : used(furthest(b)) - used(furthest(a)));
}

const control = validation.control;  // bad on purpose, to be found
const groups = Object.keys(MARKS).reverse().map((verdict) =>
  worstFirst(validation.plans.filter((plan) => plan.plan !== control?.plan && plan.verdict === verdict)));
const plans = groups.flat();
const judged = [...plans, ...validation.plans.filter((plan) => plan.plan === control?.plan)];

function section(title, ...children) {
  const made = element("section", {}, element("h2", {}, title), ...children);
  page.append(made);
  return made;
}

function isText(cell) { return cell instanceof Node && cell.classList.contains("text"); }

function table(caption, head, rows, kind = "") {
  return element("div", { class: "table" }, element("table", { class: kind },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...head.map((text, column) =>
      element("th", { scope: "col", class: isText(rows[0]?.[column]) ? "text" : "" }, text)))),
    element("tbody", {}, ...rows.map((cells) => element("tr", {}, ...cells.map((cell) =>
      cell instanceof Node ? cell : element("td", {}, cell)))))));
}

// "a", "a and b", "a, b and c".
function listed(names) { return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names.join(""); }

// One rule for every figure that is judged: its mark and colour are the verdict by it.
function judgedCell(finding, text) {
  return finding.clips === 0 ? element("td", {}, "-")
    : element("td", { class: finding.verdict }, `${MARKS[finding.verdict]}\u00a0${text}`);
}

function interval(finding) {
  const id = finding.measure;
  return judgedCell(finding, `${shown(id, finding.worse)} (${shown(id, finding.low)} to ${shown(id, finding.high)})`);
}

function mean(finding) { return judgedCell(finding, shown(finding.measure, finding.worse)); }

function percent(part) {
  if (part === null || !isFinite(part)) return "-";
  return part < 10 ? `${(100 * part).toFixed(0)} %` : `${part.toFixed(0)} times`;
}

// A plan's verdict in its colour; what it does not reach, in the text's.
function inWords(plan) {
  const [verdict, ...reach] = plan.said.split("; ");
  const green = plan.verdict !== "no-audible-change" || reach.length === 0;  // of all that was asked
  return [element("span", { class: green ? plan.verdict : "partly" }, `${MARKS[plan.verdict]}\u00a0${verdict}`), ...reach.map((text) => `; ${text}`)];
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
  const untold = Object.entries(beside.not_told_apart);
  section("What this test can see",
    element("dl", {}, ...[
      ["two draws differ by", "The reference under two seeds: one is as right as the other. By how much they differ, clip by clip, is each measure's floor."],
      ["unheard below", "A plan counts as unheard by a measure where, in the mean over clips, it is certainly worse than the floor by less than this. ±: nor may what is measured itself lie below minus this, as less of it is a change, too. "
        + "0: no limit of hearing is known, the floor is the only yardstick."],
      ["broken above", "A plan is broken where it is certainly worse than the floor by more than this."],
      ["smallest change shown", `What ${validation.clips.length} clips would have told from the floor in four cases of five, by how much clips differ from each other.`],
      ["noise floor rise", "Hiss in pauses. Its limits here are of the mean over clips, beyond what two draws differ by. The window's Scores have another one, of one clip: what another take of it reaches, and chance; it is no limit of hearing."]].flatMap(([name, text]) =>
      [element("dt", {}, name), element("dd", {}, text)])),
    element("p", {}, "Plans speak under the reference's own noise, so that they often lie far below the floor: they change speech less than another draw does, which is not that nobody could hear it side by side."),
    element("p", {}, "No words are recognised: a word that was lost or became another one can lie within the floor of every measure here. Listen for it."),
    ...(untold.length === 0 ? [] : [element("p", {}, "What these clips cannot tell:"), element("ul", { id: "untold" }, ...untold.map(([id, why]) =>
      element("li", {}, `${measures.get(id).name}: ${why}`)))]),
    table("By measure: what two draws of noise differ by, and by how much more a plan may",
      ["measure", "two draws differ by", "unheard below", "broken above", "smallest change shown", ...(control ? ["control, worse by"] : [])],
      thresholds.map((one) => {
        const sides = one.two_sided ? "±" : "";
        return [titled(measures.get(one.measure)), floorChange(one.measure), `${sides}${one.inaudible}`, `${sides}${one.broken}`,
          detectable(one.measure), ...(control ? [mean(findingOf(judged.at(-1), one.measure))] : [])];
      })));
}

// Plans of one verdict with one reach, in one sentence.
function headlines() {
  const reaches = [...new Set(plans.map((plan) => plan.said))].map((said) => plans.filter((plan) => plan.said === said));
  return reaches.map((group) => element("p", { class: "headline" },
    `${group.length > 4 ? `${group.length} plans` : listed(group.map((plan) => plan.plan))}: `, ...inWords(group[0]), "."));
}

function verdictTable() {
  const most = (plan) => used(furthest(plan)) < 0.05 ? "none uses more than 5 %" : titled(measures.get(furthest(plan).measure));
  return table(`Worst first${control ? "; the control stands last, as it is no candidate" : ""}.`,
    ["plan", "verdict", "MB", "change, of another draw's", "measure that uses most of what is allowed", "uses up to", "worse than two draws by"],
    judged.map((plan) => [
      element("td", { class: "text wrap" }, plan.plan === control?.plan ? `${plan.plan} (must be found)` : plan.plan),
      element("td", { class: "text wide" }, ...inWords(plan)),
      (plan.bytes / 1e6).toFixed(1), percent(share(plan)),
      element("td", { class: "text wrap" }, most(plan)), percent(used(furthest(plan))), interval(furthest(plan))]));
}

function verdicts() {
  const tied = groups.filter((group) => group.length > 1 && allAlike(group)).map((group) =>
    `${listed(group.map((plan) => plan.plan))} are not told apart by what they use most of, and stand by how much they change.`);
  section("Verdicts", ...headlines(),
    ...beside.smallest.map((sentence) => element("p", { class: "smallest" }, sentence)),
    ...(control ? [element("p", { class: control.found ? "no-audible-change" : "broken", id: "control" }, control.said)] : []),
    ...validation.warnings.filter((warning) => warning !== control?.said).map((warning) => element("p", { class: "listen" }, warning)),
    ...validation.skipped.map((clip) => element("p", { class: "listen" }, `${clip.clip} was left out: ${clip.reason}`)),
    verdictTable(),
    element("p", { class: "quiet" }, "A plan may be as far from the reference as another draw of noise is, and the limit more: of that it uses so much at the far end of its 95 % interval (in brackets). "
      + "Change is how far its scores are from the reference, of what another draw's are: the middle one of all measures.",
      ...tied.map((sentence) => ` ${sentence}`)),
    element("p", { class: "quiet" }, "Marks and colours, here and below: ", element("span", { class: "no-audible-change" }, "✓ certainly within its limit"), " (in black where some measures cannot tell), ",
      element("span", { class: "broken" }, "✗ certainly broken"), ", ", element("span", { class: "listen" }, "? neither is certain"),
      `, at ${100 * validation.subject.thresholds.error} % error for all plans and measures together: stricter than the intervals that are shown.`),
    element("details", {}, element("summary", {}, "All findings"),
      table("Worse than two draws of noise by: mean over clips (95 % interval)", ["measure", ...judged.map(nameOf)],
        thresholds.map((one) => [titled(measures.get(one.measure)), ...judged.map((plan) => interval(findingOf(plan, one.measure)))]))));
}

function plots() {
  const figures = thresholds.map((threshold) => {
    const measure = measures.get(threshold.measure);
    const rows = judged.map((plan) => {
      const finding = findingOf(plan, threshold.measure);
      const clips = validation.clips.map((clip) =>
        worse(measure.better, clip.scores[plan.plan][measure.id], clip.floor[measure.id])).filter((value) => value !== null);
      return { name: nameOf(plan), verdict: finding.verdict, worse: finding.worse, low: finding.low, high: finding.high, clips };
    });
    return element("figure", {}, element("figcaption", {}, `${titled(measure)}: worse than the floor by`
      + (beside.not_told_apart[measure.id] ? `; ${beside.not_told_apart[measure.id]}` : "")),
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
        `${shown(id, clip.scores[name][id])} (${shown(id, clip.floor[id])})`)]), "clips"));
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
