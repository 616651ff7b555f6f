"use strict";
// Elements, and one plot for each measure: how much worse than the floor each plan is.

function element(name, attributes = {}, ...children) {
  const svg = ["svg", "g", "line", "circle", "text", "rect", "title"].includes(name);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// By how much a score is worse than another.
function worse(better, score, floor) {
  if (score === null || floor === null || score === undefined || floor === undefined) return null;
  if (better === "lower") return score - floor;
  if (better === "higher") return floor - score;
  return Math.abs(score) - Math.abs(floor);
}

const PLOT = { width: 460, left: 170, right: 30, row: 18, top: 46 };

// A name that has room beside the plot.
function fitting(name) { return name.length > 26 ? `${name.slice(0, 24)}…` : name; }

// `rows`: { name, verdict, worse, low, high, clips: [worse of each] }, in the order they are shown.
function intervalPlot(rows, threshold, unit) {
  const known = rows.filter((row) => row.worse !== null);
  const values = known.flatMap((row) => [row.low, row.high, ...row.clips]).concat(0, threshold.inaudible);
  const spread = Math.max(...values) - Math.min(...values) || 1;
  if (Math.max(...values) > threshold.broken - spread) values.push(threshold.broken);
  const low = Math.min(...values) - 0.03 * spread, high = Math.max(...values) + 0.03 * spread;
  const height = PLOT.top + rows.length * PLOT.row + 22;
  const x = (value) => PLOT.left + (value - low) / (high - low) * (PLOT.width - PLOT.left - PLOT.right);
  const svg = element("svg", { viewBox: `0 0 ${PLOT.width} ${height}`, role: "img" });
  const mark = (value, colour, dash, label, lift = 0) => {
    if (value < low || value > high) return;
    svg.append(
      element("line", { x1: x(value), x2: x(value), y1: PLOT.top - 6, y2: height - 20, stroke: colour, "stroke-dasharray": dash }),
      element("text", { x: x(value), y: PLOT.top - 10 - lift, fill: colour, "text-anchor": x(value) > PLOT.width - PLOT.right - 30 ? "end" : "middle" }, label));
  };
  mark(0, "var(--quiet)", "", threshold.inaudible === 0 ? "floor, the limit" : "floor");
  if (threshold.inaudible !== 0) mark(threshold.inaudible, "var(--good)", "4 3", "unheard below", 12);
  mark(threshold.broken, "var(--broken)", "4 3", "broken above", 24);
  rows.forEach((row, index) => {
    const y = PLOT.top + (index + 0.5) * PLOT.row, colour = `var(--${row.verdict === "no-audible-change" ? "good" : row.verdict})`;
    svg.append(element("text", { x: PLOT.left - 8, y: y + 4, "text-anchor": "end", fill: "var(--ink)" }, fitting(row.name), element("title", {}, row.name)));
    if (row.worse === null) return;
    for (const clip of row.clips)
      svg.append(element("circle", { cx: x(clip), cy: y, r: 2, fill: "var(--quiet)", "fill-opacity": 0.5 }));
    svg.append(
      element("line", { x1: x(row.low), x2: x(row.high), y1: y, y2: y, stroke: colour, "stroke-width": 3 }),
      element("circle", { cx: x(row.worse), cy: y, r: 4, fill: colour }));
  });
  for (const value of [Math.min(...values), Math.max(...values)])
    svg.append(element("text", { x: x(value), y: height - 5, fill: "var(--quiet)", "text-anchor": value === Math.max(...values) ? "end" : "start" },
      `${Number(value.toPrecision(3))} ${unit}`));
  return svg;
}
