// SPDX-License-Identifier: Apache-2.0
// Martlet: the strip of days of a check, drawn with five paths instead of ninety elements.

import { el, svg } from "./dom.js";
import { scrub } from "./scrub.js";
import { stateIcon } from "./states.js";
import { barDay, duration, percent } from "./time.js";

const letters = { U: "UP", G: "DEGRADED", D: "DOWN", M: "MAINTENANCE", N: "UNKNOWN" };
const dayWords = { U: "No downtime", G: "Degraded", D: "Downtime", M: "Maintenance", N: "No data" };
const [top, bottom, below] = [2, 30, 34];
const cell = 10;
const wide = 6.6;

const box = (x, y, w, h, r = 1.5) =>
  `M${x + r} ${y}h${w - 2 * r}q${r} 0 ${r} ${r}v${h - 2 * r}q0 ${r} ${-r} ${r}h${-(w - 2 * r)}q${-r} 0 ${-r} ${-r}v${-(h - 2 * r)}q0 ${-r} ${r} ${-r}z`;

// A minute of trouble has to be visible and a day of it full: the height grows with the root of the share.
const part = (seconds) => Math.min(1, Math.max(0.28, Math.sqrt((seconds ?? 0) / 86400)));

/** The paths of a strip by letter; every letter has its own outline, so colour is not the only sign. */
export function strokes(bars, marked, from, offset) {
  const paths = { U: "", G: "", D: "", M: "", N: "" };
  [...bars].forEach((raw, index) => {
    const letter = Object.hasOwn(paths, raw) ? raw : "N";
    const x = index * cell + (cell - wide) / 2;
    const facts = marked?.[barDay(from, offset + index).key];
    if (letter === "U") paths.U += box(x, top, wide, bottom - top);
    else if (letter === "N") paths.N += box(x, 14, wide, 4, 1.5);
    else if (letter === "M") paths.M += box(x + 0.7, top + 0.7, wide - 1.4, bottom - top - 1.4);
    else {
      // Trouble stands at the foot of the day, apart from the good part by a gap; downtime reaches below the line.
      const seconds = letter === "D" ? facts?.down_seconds : facts?.degraded_seconds;
      const high = facts ? (bottom - top) * part(seconds) : bottom - top;
      const foot = letter === "D" ? below : bottom;
      const start = bottom - high;
      if (start - top > 5) paths.U += box(x, top, wide, start - top - 2);
      paths[letter] += box(x, start - top > 5 ? start : top, wide, foot - (start - top > 5 ? start : top));
    }
  });
  return paths;
}

function describe(letter, day, facts, incidents) {
  const lines = [];
  if (facts) {
    if (facts.uptime !== null && facts.uptime !== undefined) lines.push(["Uptime", percent(facts.uptime, 3)]);
    if (facts.down_seconds > 0) lines.push(["Down", duration(facts.down_seconds)]);
    if (facts.degraded_seconds > 0) lines.push(["Degraded", duration(facts.degraded_seconds)]);
    if (facts.maintenance_seconds > 0) lines.push(["Maintenance", duration(facts.maintenance_seconds)]);
  } else if (letter === "U") lines.push(["Uptime", "100%"]);
  const word = dayWords[letter] ?? dayWords.N;
  const titles = incidents.slice(0, 3).map((incident) => incident.title);
  const text = [`${day.label}: ${word}`, ...lines.map((line) => line.join(" ")), ...titles].join(", ");
  const content = [
    el("div", { class: "tooltip-head" }, stateIcon(letters[letter], { size: 14 }), el("strong", { text: day.label })),
    el("div", { class: "tooltip-word", text: word }),
    lines.length > 0 &&
      el(
        "dl",
        {},
        lines.map(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })]),
      ),
    ...titles.map((title) => el("div", { class: "tooltip-note", text: title })),
    incidents.length > 0 && el("div", { class: "tooltip-hint", text: "Select to read the incident" }),
  ].filter(Boolean);
  return { text, content };
}

/**
 * The strip of a check's last `shown` days.
 *
 * `incidentsOn(day)` returns the incidents of a day (`2026-09-01`), `open(incident)` follows one.
 */
export function dayBars(check, { shown, incidentsOn, open }) {
  const all = check.days?.bars ?? "";
  const offset = Math.max(0, all.length - shown);
  const bars = all.slice(offset);
  const from = check.days?.from ?? new Date().toISOString().slice(0, 10);
  if (bars.length === 0) return el("p", { class: "bars-none", text: "No history yet." });
  const paths = strokes(bars, check.days.marked, from, offset);
  const cursor = svg("path", { class: "bar-cursor", d: "" });
  const drawing = svg(
    "svg",
    {
      class: "bars-drawing",
      viewBox: `0 0 ${bars.length * cell} 36`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    Object.entries(paths).map(([letter, d]) => d && svg("path", { class: `bar bar-${letter}`, d })),
    cursor,
  );
  const strip = el("div", { class: "bars" }, drawing);
  const dayOf = (index) => barDay(from, offset + index);
  scrub(strip, {
    label: `${check.name}: the last ${bars.length} days`,
    count: () => bars.length,
    indexAt: (share) => Math.floor(share * bars.length),
    place: (index) => (index + 0.5) / bars.length,
    describe: (index) => {
      const day = dayOf(index);
      return describe(bars[index], day, check.days.marked?.[day.key], incidentsOn(day.key));
    },
    mark: (index) => cursor.setAttribute("d", index < 0 ? "" : `M${(index + 0.5) * cell - 4.7} 35.2h9.4`),
    open: (index) => {
      const [incident] = incidentsOn(dayOf(index).key);
      if (incident) open(incident);
    },
  });
  return strip;
}
