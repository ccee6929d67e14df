// SPDX-License-Identifier: Apache-2.0
// Martlet: the latency of a check over time, with the strip of its states below.

import { el, svg } from "./dom.js";
import { scrub } from "./scrub.js";
import { known, stateIcon, stateWord } from "./states.js";
import { chartTick, fullTime } from "./time.js";

const height = 190;
const edge = { left: 56, right: 12, top: 12, bottom: 22 };
const strip = { gap: 6, high: 18 };
const milliseconds = (value) =>
  value === null || value === undefined
    ? "–"
    : value >= 1000
      ? `${(value / 1000).toFixed(2)} s`
      : `${value >= 100 ? Math.round(value) : value.toFixed(1)} ms`;

/** A round number at or above `value`: 1, 2 or 5 times a power of ten. */
export function niceCeiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? 10 * power;
}

/** Joins points to a path; a missing value ends a line, and the next value begins a new one. */
export function linePath(points) {
  let path = "";
  let open = false;
  for (const [x, y] of points) {
    if (y === null) open = false;
    else {
      path += `${open ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      open = true;
    }
  }
  return path;
}

/** Runs of the same state: `[{state, from, to}]` as indices, the end excluded. */
export function runs(points) {
  const list = [];
  points.forEach((point, index) => {
    const state = known(point.status);
    const last = list.at(-1);
    if (last?.state === state) last.to = index + 1;
    else list.push({ state, from: index, to: index + 1 });
  });
  return list;
}

const stripTop = { UP: 6, DEGRADED: 3, DOWN: 0, UNKNOWN: 12, MAINTENANCE: 9 };

/** Draws `points` between two times (ms) at a width in pixels. */
export function chart(points, from, to, width, name) {
  if (points.length === 0) return el("p", { class: "empty", text: "No measurements in this time." });
  const inner = width - edge.left - edge.right;
  const plot = height - edge.top - edge.bottom;
  const x = (time) => edge.left + ((time - from) / (to - from)) * inner;
  const times = points.map((point) => Date.parse(point.at));
  const top = niceCeiling(Math.max(...points.map((point) => point.latency_max_ms ?? point.latency_ms ?? 0)));
  const y = (value) => (value === null || value === undefined ? null : edge.top + plot - (value / top) * plot);
  const xs = times.map(x);
  const floor = edge.top + plot;
  const base = floor + strip.gap;
  const after = (index) =>
    index < points.length
      ? xs[index]
      : Math.min(edge.left + inner, xs.at(-1) + (xs.length > 1 ? xs.at(-1) - xs.at(-2) : 4));
  const highs = points.map((point, index) => [xs[index], y(point.latency_max_ms)]);
  const line = points.map((point, index) => [xs[index], y(point.latency_ms)]);
  const ticks = Math.max(2, Math.floor(inner / 110));
  const cursor = svg("line", { class: "chart-cursor", y1: edge.top, y2: base + strip.high, x1: -10, x2: -10 });
  const drawing = svg(
    "svg",
    {
      class: "chart",
      viewBox: `0 0 ${width} ${height + strip.high + strip.gap}`,
      width,
      height: height + strip.high + strip.gap,
      "aria-hidden": "true",
    },
    [0, 0.5, 1].map((share) => [
      svg("line", {
        class: "grid",
        x1: edge.left,
        x2: edge.left + inner,
        y1: floor - share * plot,
        y2: floor - share * plot,
      }),
      svg("text", {
        class: "axis",
        x: edge.left - 8,
        y: floor - share * plot + 4,
        "text-anchor": "end",
        text: milliseconds(top * share),
      }),
    ]),
    runs(points).map(({ state, from: first, to: end }) => {
      const wide = Math.max(1, after(end) - xs[first]);
      return [
        state !== "UP" &&
          svg("rect", {
            class: `band state-${state.toLowerCase()}`,
            x: xs[first],
            y: edge.top,
            width: wide,
            height: plot,
          }),
        // Worse states stand taller in the strip, so that they are told without colour.
        svg("rect", {
          class: `strip state-${state.toLowerCase()}`,
          x: xs[first],
          y: base + stripTop[state],
          width: wide,
          height: strip.high - stripTop[state],
        }),
      ];
    }),
    svg("path", { class: "line-max", d: linePath(highs) }),
    svg("path", { class: "line", d: linePath(line) }),
    Array.from({ length: ticks + 1 }, (_, index) => {
      const time = from + ((to - from) * index) / ticks;
      const anchor = index === 0 ? "start" : index === ticks ? "end" : "middle";
      return svg("text", {
        class: "axis",
        x: x(time),
        y: height + strip.high + strip.gap - 3,
        "text-anchor": anchor,
        text: chartTick(new Date(time), to - from),
      });
    }),
    cursor,
  );
  const node = el("div", { class: "chart-box" }, drawing);
  scrub(node, {
    label: `Latency and state of ${name}`,
    count: () => points.length,
    indexAt: (share) => {
      const target = share * width;
      let best = 0;
      xs.forEach((each, index) => {
        if (Math.abs(each - target) < Math.abs(xs[best] - target)) best = index;
      });
      return best;
    },
    place: (index) => xs[index] / width,
    describe: (index) => {
      const point = points[index];
      const facts = [
        ["Latency", milliseconds(point.latency_ms)],
        ["Slowest", milliseconds(point.latency_max_ms)],
      ];
      const bad = (point.down ?? 0) + (point.degraded ?? 0) + (point.unknown ?? 0);
      if (bad > 0) facts.push(["Probes that failed", `${bad} of ${bad + (point.up ?? 0)}`]);
      return {
        text: `${fullTime(point.at)}: ${stateWord(point.status)}, ${facts.map((fact) => fact.join(" ")).join(", ")}`,
        content: [
          el(
            "div",
            { class: "tooltip-head" },
            stateIcon(point.status, { size: 14 }),
            el("strong", { text: fullTime(point.at) }),
          ),
          el("div", { class: "tooltip-word", text: stateWord(point.status) }),
          el(
            "dl",
            {},
            facts.map(([key, value]) => [el("dt", { text: key }), el("dd", { text: value })]),
          ),
        ],
      };
    },
    mark: (index) => {
      for (const side of ["x1", "x2"]) cursor.setAttribute(side, index < 0 ? -10 : xs[index]);
    },
  });
  return node;
}
