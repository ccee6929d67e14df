// SPDX-License-Identifier: Apache-2.0
// Martlet: the aggregators: where they are, when they were last seen, and what they hold.

import { el } from "./dom.js";
import { read } from "./ops-api.js";
import { stateIcon } from "./states.js";
import { ago, between, duration, timeElement, utc } from "./time.js";

// Longer than this unseen, an aggregator is shown as missing.
const missingAfter = 30;

const row = (each) => {
  const missing = between(each.seen_at) > missingAfter;
  return el(
    "tr",
    {},
    el(
      "td",
      {},
      el(
        "span",
        { class: `state-cell state-${missing ? "down" : "up"}` },
        stateIcon(missing ? "DOWN" : "UP"),
        el("span", { text: missing ? "Missing" : "Present" }),
      ),
    ),
    el(
      "td",
      {},
      el("strong", { text: each.id }),
      each.leads && el("span", { class: "label label-maintenance", text: "Leads" }),
    ),
    el("td", { text: each.location }),
    el("td", { class: "mono", text: each.address }),
    el("td", {}, el("time", { datetime: each.seen_at, title: utc(each.seen_at), text: ago(each.seen_at) })),
    el("td", {}, timeElement(each.started_at), ` (${duration(between(each.started_at))})`),
    el("td", { class: "number", text: String(each.checks) }),
  );
};

/** Shows the aggregators in `host`. */
export function aggregatorsView(host) {
  const body = el("tbody");
  host.replaceChildren(
    el("div", { class: "section-head" }, el("h2", { text: "Aggregators" })),
    el(
      "div",
      { class: "card table-card", tabindex: 0, role: "region", "aria-label": "Aggregators" },
      el(
        "table",
        { class: "plain-table roomy" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ["State", "Aggregator", "Location", "Address", "Last seen", "Started", "Check leases"].map((text) =>
              el("th", { scope: "col", text }),
            ),
          ),
        ),
        body,
      ),
    ),
  );
  return {
    async refresh() {
      const { aggregators } = await read("/v1/aggregators");
      body.replaceChildren(...aggregators.map(row));
      if (aggregators.length === 0)
        body.append(el("tr", {}, el("td", { colspan: 7, class: "empty", text: "No aggregator has reported." })));
    },
  };
}
