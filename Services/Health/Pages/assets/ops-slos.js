// SPDX-License-Identifier: Apache-2.0
// Martlet: service level objectives: what is left of the budget, how fast it burns, when it will be gone.

import { el, reconcile } from "./dom.js";
import { read } from "./ops-api.js";
import { between, duration, fullTime, percent, timeElement } from "./time.js";

const times = (value) =>
  value === null || value === undefined ? "–" : `${value >= 100 ? Math.round(value) : value.toFixed(1)}×`;

/** A bar of a share from 0 to 1 with its width set through the object model, as the content policy asks. */
function meter(share, label, className) {
  const fill = el("span", { class: "meter-fill" });
  fill.style.width = `${Math.min(1, Math.max(0, share)) * 100}%`;
  return el("span", { class: `meter ${className}`, role: "img", "aria-label": label }, fill);
}

function forecast(slo) {
  if (slo.budget_remaining <= 0)
    return el("p", { class: "forecast bad" }, "The budget is spent. It comes back as the window moves on.");
  if (!slo.exhausted_at) return el("p", { class: "forecast", text: "At the present rate the budget lasts." });
  return el(
    "p",
    { class: "forecast bad" },
    "At the present rate the budget is gone ",
    timeElement(slo.exhausted_at, fullTime),
    `, in ${duration(-between(slo.exhausted_at))}.`,
  );
}

function burnRow(rule) {
  // Both windows have to be over the factor before it fires; the bar is full at the factor.
  const cell = (name, value) =>
    el(
      "td",
      {},
      el(
        "span",
        { class: "burn" },
        meter(
          value / rule.factor,
          `${name}: ${times(value)} of ${times(rule.factor)}`,
          value >= rule.factor ? "over" : "",
        ),
        el("span", { text: times(value) }),
      ),
    );
  return el(
    "tr",
    {},
    el("th", { scope: "row", text: `${rule.long} / ${rule.short}` }),
    cell(rule.long, rule.long_burn),
    cell(rule.short, rule.short_burn),
    el("td", { text: times(rule.factor) }),
    el(
      "td",
      {},
      rule.firing
        ? el("span", { class: "label label-critical", text: "Firing" })
        : el("span", { class: "quiet", text: "quiet" }),
    ),
  );
}

function card(slo) {
  const left = slo.budget_remaining;
  const level = left <= 0 ? "over" : left < 0.25 ? "low" : "";
  return el(
    "article",
    { class: "card slo", data: { slo: slo.id } },
    el(
      "div",
      { class: "incident-labels" },
      el("span", { class: "label", text: slo.indicator === "latency" ? "Latency" : "Availability" }),
      el("span", { class: "label", text: `${percent(slo.objective, 3).replace(/\.?0+%/, "%")} over ${slo.window}` }),
      slo.low_traffic && el("span", { class: "label label-warning", text: "Low traffic" }),
    ),
    el("h3", { text: slo.name }),
    el(
      "div",
      { class: "budget" },
      el("strong", { class: "big", text: `${left < 0 ? "−" : ""}${percent(Math.abs(left), 1)}` }),
      el("span", { class: "quiet", text: "of the error budget left" }),
    ),
    meter(left, `${percent(Math.max(0, left), 1)} of the error budget left`, level),
    forecast(slo),
    el("p", {
      class: "quiet",
      text: `Measured ${percent(slo.sli, 3)}, without maintenance ${percent(slo.sli_without_maintenance, 3)}.`,
    }),
    el(
      "table",
      { class: "plain-table" },
      el("caption", { class: "only-readers", text: `Burn rates of ${slo.name}` }),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ["Windows", "Long", "Short", "Limit", "Alert"].map((text) => el("th", { scope: "col", text })),
        ),
      ),
      el("tbody", {}, (slo.burn ?? []).map(burnRow)),
    ),
    slo.low_traffic &&
      el("p", { class: "quiet", text: "There are few events in the window, so single failures weigh heavily." }),
  );
}

/** Shows the objectives in `host`. */
export function slosView(host) {
  const cards = el("div", { class: "cards cards-side" });
  const none = el("p", { class: "empty", text: "No objectives are configured.", hidden: true });
  host.replaceChildren(
    el("div", { class: "section-head" }, el("h2", { text: "Service level objectives" })),
    none,
    cards,
  );
  return {
    async refresh() {
      const { slos } = await read("/v1/slos");
      none.hidden = slos.length > 0;
      reconcile(cards, slos, (slo) => slo.id, card);
    },
  };
}
