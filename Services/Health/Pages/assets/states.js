// SPDX-License-Identifier: Apache-2.0
// Martlet: the five states of a check: their words, their shapes and their order.

import { svg } from "./dom.js";

/** From worst to best, as tables sort them. */
export const states = ["DOWN", "DEGRADED", "UNKNOWN", "MAINTENANCE", "UP"];

const words = {
  UP: "Operational",
  DEGRADED: "Degraded",
  DOWN: "Down",
  UNKNOWN: "Unknown",
  MAINTENANCE: "Maintenance",
};

// Each state has an outline of its own, so that it can be told without its colour.
const shapes = {
  UP: ["M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z", "m7.5 12.3 3.2 3.2 5.8-6.6"],
  DEGRADED: ["M12 2.6 1.9 20.4c-.5.8.1 1.6 1 1.6h18.2c.9 0 1.5-.8 1-1.6z", "M12 9.5v5M12 18v.2"],
  DOWN: ["M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9z", "m8.5 8.5 7 7m0-7-7 7"],
  UNKNOWN: ["M12 2 22 12 12 22 2 12z", "M9.9 10a2.2 2.2 0 1 1 3.3 1.9c-.8.5-1.2.9-1.2 1.8M12 16.5v.2"],
  MAINTENANCE: [
    "M4.5 2h15A2.5 2.5 0 0 1 22 4.5v15a2.5 2.5 0 0 1-2.5 2.5h-15A2.5 2.5 0 0 1 2 19.5v-15A2.5 2.5 0 0 1 4.5 2z",
    "M8.5 7.5v9M15.5 7.5v9",
  ],
};

/** The state if it is one of the five, else `UNKNOWN`: a newer server may send more. */
export const known = (state) => (Object.hasOwn(words, state) ? state : "UNKNOWN");

export const stateWord = (state) => words[known(state)];

/** The icon of a state; with a label it is an image to a screen reader, without it is silent. */
export function stateIcon(state, { label, size = 18 } = {}) {
  const name = known(state);
  return svg(
    "svg",
    {
      class: `icon state-${name.toLowerCase()}`,
      viewBox: "0 0 24 24",
      width: size,
      height: size,
      role: label ? "img" : undefined,
      "aria-label": label,
      "aria-hidden": label ? undefined : "true",
    },
    svg("path", { class: "icon-shape", d: shapes[name][0] }),
    svg("path", { class: "icon-sign", d: shapes[name][1] }),
  );
}

/** The inner group of a state's icon, for drawings that place it themselves. */
export function stateGlyph(state, x, y, size) {
  const name = known(state);
  return svg(
    "g",
    { class: `icon state-${name.toLowerCase()}`, transform: `translate(${x} ${y}) scale(${size / 24})` },
    svg("path", { class: "icon-shape", d: shapes[name][0] }),
    svg("path", { class: "icon-sign", d: shapes[name][1] }),
  );
}

/** The worst of several states; `UNKNOWN` of none. */
export function worst(list) {
  const present = new Set(list.map(known));
  return states.find((state) => present.has(state)) ?? "UNKNOWN";
}

/** How many of each state there are. */
export function tally(list) {
  const counts = Object.fromEntries(states.map((state) => [state, 0]));
  for (const entry of list) counts[known(entry.status)] += 1;
  return counts;
}

const iconColours = { UP: "#1f8f57", DEGRADED: "#b87400", DOWN: "#c8322b", UNKNOWN: "#667080", MAINTENANCE: "#2f63c9" };

/** Paints the tab's icon in the state's shape and colour. */
export function paintTabIcon(state) {
  const name = known(state);
  const link = document.querySelector("link[rel=icon]");
  if (!link || link.dataset.state === name) return;
  link.dataset.state = name;
  const drawing =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="${iconColours[name]}" d="${shapes[name][0]}"/>` +
    `<path fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" d="${shapes[name][1]}"/></svg>`;
  link.href = `data:image/svg+xml,${encodeURIComponent(drawing)}`;
}
