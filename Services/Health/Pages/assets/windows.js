// SPDX-License-Identifier: Apache-2.0
// Martlet: maintenance on the public page, active and announced.

import { el } from "./dom.js";
import { stateIcon } from "./states.js";
import { between, duration, fullTime, timeElement } from "./time.js";

const most = 12;

/** One maintenance window as a card; `namesOf(window)` lists what it covers. */
export function windowCard(window, namesOf) {
  const names = namesOf(window);
  return el(
    "article",
    { class: `card window${window.active ? " window-active" : ""}`, data: { window: window.id } },
    el(
      "div",
      { class: "window-head" },
      stateIcon("MAINTENANCE"),
      el("span", {
        class: `label${window.active ? " label-maintenance" : ""}`,
        text: window.active ? "In progress" : "Scheduled",
      }),
    ),
    el("h3", { text: window.title }),
    el(
      "p",
      { class: "quiet" },
      timeElement(window.starts_at, fullTime),
      " to ",
      timeElement(window.ends_at, fullTime),
      ` (${duration(between(window.starts_at, window.ends_at))})`,
      window.active
        ? `, ${duration(-between(window.ends_at))} left`
        : `, starts in ${duration(-between(window.starts_at))}`,
    ),
    names.length > 0 &&
      el(
        "ul",
        { class: "chips" },
        names.slice(0, most).map((name) => el("li", { class: "chip", text: name })),
        names.length > most && el("li", { class: "chip chip-more", text: `and ${names.length - most} more` }),
      ),
  );
}

/** Active windows first, then by start. */
export const windowOrder = (a, b) =>
  Number(b.active) - Number(a.active) || Date.parse(a.starts_at) - Date.parse(b.starts_at);
