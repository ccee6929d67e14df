// SPDX-License-Identifier: Apache-2.0
// Martlet: one check on the public page: name, state, days, uptime, and details on demand.

import { dayBars } from "./bars.js";
import { el } from "./dom.js";
import { known, stateIcon, stateWord } from "./states.js";
import { percent, timeElement } from "./time.js";

const periods = [
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["90d", "90 days"],
];

function details(check) {
  const without = check.uptime_without_maintenance ?? {};
  return el(
    "div",
    { class: "check-details" },
    check.description && el("p", { class: "prose", text: check.description }),
    el(
      "p",
      { class: "quiet" },
      `${stateWord(check.status)} since `,
      timeElement(check.since) ?? "an unknown time",
      ".",
    ),
    el(
      "table",
      { class: "uptimes" },
      el("caption", { class: "only-readers", text: `Uptime of ${check.name}` }),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "col", text: "Uptime" }),
          periods.map(([, name]) => el("th", { scope: "col", text: name })),
        ),
      ),
      el(
        "tbody",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "row", text: "Total" }),
          periods.map(([key]) => el("td", { text: percent(check.uptime?.[key], 3) })),
        ),
        el(
          "tr",
          {},
          el("th", { scope: "row", text: "Without maintenance" }),
          periods.map(([key]) => el("td", { text: percent(without[key], 3) })),
        ),
      ),
    ),
  );
}

/**
 * The row of a check.
 *
 * `view` says how the page shows checks: `period` (which uptime), `shown` (how many days), `unfolded` (a set of the ids
 * whose details are open), `incidentsOn(check, day)` and `open(incident)`.
 */
export function checkRow(check, view) {
  const row = el("li", { class: `check state-${known(check.status).toLowerCase()}`, data: { check: check.id } });
  const name = el(
    "button",
    { class: "check-name", type: "button", "aria-expanded": "false", title: "Show details" },
    stateIcon(check.status),
    el("span", { class: "check-title", text: check.name }),
  );
  let body = null;
  const toggle = (wanted) => {
    name.setAttribute("aria-expanded", String(wanted));
    if (wanted) {
      view.unfolded.add(check.id);
      body ??= details(check);
      row.append(body);
    } else {
      view.unfolded.delete(check.id);
      body?.remove();
    }
  };
  name.addEventListener("click", () => toggle(name.getAttribute("aria-expanded") !== "true"));
  const days = Math.min(view.shown, check.days?.bars?.length ?? 0);
  const uptime = check.uptime?.[view.period];
  row.append(
    el(
      "div",
      { class: "check-head" },
      name,
      el(
        "span",
        { class: "check-state" },
        stateWord(check.status),
        check.status !== "UP" && check.since && [" since ", timeElement(check.since)],
      ),
    ),
    dayBars(check, { shown: view.shown, incidentsOn: (day) => view.incidentsOn(check.id, day), open: view.open }),
    el(
      "div",
      { class: "check-foot" },
      el("span", { text: days > 0 ? `${days} days ago` : "" }),
      el("span", {
        class: "check-uptime",
        text: uptime === null || uptime === undefined ? "no data" : `${percent(uptime)} uptime`,
      }),
      el("span", { text: days > 0 ? "today" : "" }),
    ),
  );
  if (view.unfolded.has(check.id)) toggle(true);
  return row;
}
