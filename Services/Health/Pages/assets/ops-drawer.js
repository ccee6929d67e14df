// SPDX-License-Identifier: Apache-2.0
// Martlet: the drawer of one check: why it is in its state, what it hangs on, and how it has been.

import { el } from "./dom.js";
import { path, read } from "./ops-api.js";
import { chart } from "./ops-chart.js";
import { latency, marks } from "./ops-checks.js";
import { checkLink, linkWith, route } from "./ops-route.js";
import { known, stateIcon, stateWord } from "./states.js";
import { between, duration, fullTime, timeElement } from "./time.js";

const ranges = [
  { id: "1h", name: "1 hour", span: 3600e3, step: "raw" },
  { id: "6h", name: "6 hours", span: 6 * 3600e3, step: "1m" },
  { id: "24h", name: "24 hours", span: 86400e3, step: "1m" },
  { id: "7d", name: "7 days", span: 7 * 86400e3, step: "1h" },
  { id: "90d", name: "90 days", span: 90 * 86400e3, step: "1d" },
];

const fact = (name, ...value) => [el("dt", { text: name }), el("dd", {}, value)];
const section = (title, ...content) => el("section", {}, el("h3", { text: title }), ...content);
const badge = (state) =>
  el(
    "span",
    { class: `state-cell state-${known(state).toLowerCase()}` },
    stateIcon(state),
    el("span", { text: stateWord(state) }),
  );

/** Runs the dialog that shows a check; the address says which one (`check=ID`). */
export class Drawer {
  #id = null;
  #checks = new Map();
  #range = ranges[1];
  #asked = 0;
  #print = "";

  constructor(dialog) {
    this.dialog = dialog;
    this.head = el("div", { class: "drawer-title" });
    this.facts = el("div", { class: "drawer-facts" });
    this.plot = el("div", { class: "drawer-plot" });
    const buttons = ranges.map((range) =>
      el(
        "label",
        { class: "segment" },
        el("input", {
          type: "radio",
          name: "range",
          value: range.id,
          checked: range === this.#range,
          on: {
            change: () => {
              this.#range = range;
              this.#history();
            },
          },
        }),
        el("span", { text: range.id, title: range.name }),
      ),
    );
    const close = el("button", {
      type: "button",
      class: "button plain-button",
      "aria-label": "Close",
      text: "×",
      on: { click: () => dialog.close() },
    });
    dialog.replaceChildren(
      el("div", { class: "dialog-head" }, this.head, close),
      el(
        "div",
        { class: "section-head" },
        el("h3", { text: "Latency and state" }),
        el("fieldset", { class: "segments" }, el("legend", { class: "only-readers", text: "Time range" }), buttons),
      ),
      this.plot,
      this.facts,
    );
    dialog.addEventListener("close", () => {
      if (this.#id === null) return;
      this.#id = null;
      location.hash = linkWith({ check: null });
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  onRoute() {
    const wanted = route().params.get("check");
    if (wanted === this.#id) return;
    this.#id = wanted;
    this.#print = "";
    if (wanted === null) return this.dialog.close();
    this.plot.replaceChildren(el("p", { class: "empty", text: "Reading the history" }));
    this.#draw();
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
    this.#history();
  }

  onChecks(checks) {
    this.#checks = checks;
    if (this.#id !== null) this.#draw();
  }

  #link(id) {
    const other = this.#checks.get(id);
    return el(
      "a",
      { class: "chip chip-link", href: checkLink(id) },
      stateIcon(other?.status, { size: 14, label: stateWord(other?.status) }),
      other?.name ?? id,
    );
  }

  #draw() {
    const check = this.#checks.get(this.#id);
    if (!check) {
      this.head.replaceChildren(
        el("h2", { text: this.#id }),
        el("p", { class: "quiet", text: this.#checks.size === 0 ? "Reading the checks" : "There is no such check." }),
      );
      return this.facts.replaceChildren();
    }
    const dependents = [...this.#checks.values()]
      .filter((other) => other.depends_on?.includes(check.id))
      .map((other) => other.id);
    const around = [...(check.depends_on ?? []), ...dependents, check.suppressed_by].map(
      (id) => this.#checks.get(id)?.status,
    );
    const print = JSON.stringify([check, dependents, around]);
    if (print === this.#print) return;
    this.#print = print;
    this.head.replaceChildren(
      badge(check.status),
      el("h2", { text: check.name }),
      el("p", { class: "mono quiet", text: check.target ?? "" }),
      el("div", { class: "incident-labels" }, marks(check)),
    );
    this.facts.replaceChildren(
      ...[
        check.reason &&
          el(
            "div",
            { class: `reason state-${known(check.status).toLowerCase()}` },
            el("strong", { text: "Reason" }),
            el("p", { class: "prose", text: check.reason }),
          ),
        check.suppressed_by &&
          el(
            "div",
            { class: "suppressed" },
            el("p", { text: "Notifications are suppressed, because this check depends on" }),
            this.#link(check.suppressed_by),
          ),
        el(
          "dl",
          { class: "facts" },
          fact(
            "Since",
            timeElement(check.since, fullTime) ?? "–",
            check.since ? ` (${duration(between(check.since))})` : "",
          ),
          fact("Kind", check.kind),
          fact("Group", check.group ?? "–"),
          fact("Every", check.interval_s ? duration(check.interval_s) : "–"),
          fact(
            "Quorum",
            check.quorum ? `${check.quorum.needed} of ${check.quorum.of} locations have to agree` : "one location",
          ),
          fact("Flapping", check.flapping ? "yes: it changed too often, notifications wait" : "no"),
          check.advisory && fact("Advisory", check.advisory),
          check.maintenance && fact("Maintenance", `window ${check.maintenance}`),
          check.certificate_expires_at &&
            fact("Certificate", "expires ", timeElement(check.certificate_expires_at, fullTime)),
          fact("Id", el("code", { text: check.id })),
        ),
        (check.locations?.length ?? 0) > 0 &&
          section(
            "Locations",
            el(
              "table",
              { class: "plain-table" },
              el(
                "thead",
                {},
                el(
                  "tr",
                  {},
                  ["State", "Location", "Latency", "At"].map((text) => el("th", { scope: "col", text })),
                ),
              ),
              el(
                "tbody",
                {},
                check.locations.map((each) =>
                  el(
                    "tr",
                    {},
                    el("td", {}, badge(each.status)),
                    el("td", {}, each.location, each.reason && el("div", { class: "sub", text: each.reason })),
                    el("td", { text: latency(each.latency_ms) }),
                    el("td", {}, timeElement(each.at) ?? "–"),
                  ),
                ),
              ),
            ),
          ),
        (check.parts?.length ?? 0) > 0 &&
          section(
            "Parts",
            el(
              "ul",
              { class: "plain parts" },
              check.parts.map((part) =>
                el(
                  "li",
                  {},
                  badge(part.status),
                  el("span", { text: part.name }),
                  part.reason && el("span", { class: "quiet", text: part.reason }),
                ),
              ),
            ),
          ),
        section(
          "Depends on",
          (check.depends_on?.length ?? 0) > 0
            ? el(
                "div",
                { class: "chips" },
                check.depends_on.map((id) => this.#link(id)),
              )
            : el("p", { class: "quiet", text: "Nothing." }),
        ),
        section(
          "What depends on it",
          dependents.length > 0
            ? el(
                "div",
                { class: "chips" },
                dependents.map((id) => this.#link(id)),
              )
            : el("p", { class: "quiet", text: "Nothing." }),
        ),
      ].filter(Boolean),
    );
  }

  async #history() {
    const ask = (this.#asked += 1);
    const id = this.#id;
    const to = Date.now();
    const from = to - this.#range.span;
    const stamp = (time) => `${new Date(time).toISOString().slice(0, 19)}Z`;
    let content;
    try {
      const query = new URLSearchParams({ from: stamp(from), to: stamp(to), step: this.#range.step });
      const { points } = await read(`${path("checks", id, "history")}?${query}`);
      content = chart(points, from, to, Math.max(280, this.plot.clientWidth), this.#checks.get(id)?.name ?? id);
    } catch (error) {
      content = el("p", { class: "empty", text: `The history could not be read: ${error.message}` });
    }
    // Another check or range may have been chosen meanwhile.
    if (ask === this.#asked && this.#id === id) this.plot.replaceChildren(content);
  }
}
