// SPDX-License-Identifier: Apache-2.0
// Martlet: what happened beside incidents, for operators: instances that vanished, and advisories.

import { el, reconcile } from "./dom.js";
import { read } from "./ops-api.js";
import { olderButton } from "./ops-forms.js";
import { fullTime, timeElement } from "./time.js";

const kinds = { vanished: "Vanished", advisory: "Advisory" };
const heads = ["When", "What", "Check", "Said", "Since"];
const kindOf = (event) => `${kinds[event.kind] ?? event.kind}${event.ended_at ? ", over" : ""}`;

const row = (event, nameOf) =>
  el(
    "tr",
    { data: { event: event.id } },
    el("td", {}, timeElement(event.at, fullTime)),
    el("td", { text: kindOf(event) }),
    el("td", {}, el("a", { href: `#/checks?check=${encodeURIComponent(event.check)}`, text: nameOf(event.check) })),
    el("td", { text: event.text }),
    el("td", {}, timeElement(event.started_at, fullTime)),
  );

/** Shows the events, newest first, in `host`. */
export function eventsView(host, context) {
  let events = [];
  let next = null;
  const body = el("tbody");
  const none = el("p", { class: "empty", hidden: true, text: "Nothing happened beside incidents in the last 90 days." });
  const table = el(
    "div",
    { class: "card table-card", tabindex: 0, role: "region", "aria-label": "Events", hidden: true },
    el(
      "table",
      { class: "plain-table roomy" },
      el("thead", {}, el("tr", {}, heads.map((text) => el("th", { scope: "col", text })))),
      body,
    ),
  );
  const older = olderButton(() => load(true));
  host.replaceChildren(el("div", { class: "section-head" }, el("h2", { text: "Events" })), none, table, older);

  const draw = () => {
    none.hidden = events.length > 0;
    table.hidden = events.length === 0;
    older.hidden = next === null;
    // The names are part of it: the checks may be read after the events.
    const print = (event) => JSON.stringify([event, context.nameOf(event.check)]);
    reconcile(body, events, (event) => event.id, (event) => row(event, context.nameOf), print);
  };

  async function load(more = false) {
    const before = more && next !== null ? `&before=${encodeURIComponent(next)}` : "";
    const page = await read(`/v1/events?limit=50${before}`);
    const fresh = new Set(page.events.map((event) => event.id));
    // A reload in the background brings the newest page only; older ones stay as they were read.
    const kept = events.filter((event) => !fresh.has(event.id));
    const isFirst = events.length === 0;
    events = before ? [...kept, ...page.events] : [...page.events, ...kept];
    if (before || isFirst) next = page.next ?? null;
    draw();
  }
  return { refresh: () => load(), onChecks: () => events.length > 0 && draw() };
}
