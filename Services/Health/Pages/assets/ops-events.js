// SPDX-License-Identifier: Apache-2.0
// Martlet: what happened beside incidents, for operators: instances that vanished, and advisories.

import { el, reconcile } from "./dom.js";
import { read } from "./ops-api.js";
import { olderButton } from "./ops-forms.js";
import { checkLink } from "./ops-route.js";
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
    el("td", {}, el("a", { href: checkLink(event.check), text: nameOf(event.check) })),
    el("td", { class: "words", text: event.text }),
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
  const older = olderButton(loadOlder);
  host.replaceChildren(el("div", { class: "section-head" }, el("h2", { text: "Events" })), none, table, older);

  const draw = () => {
    none.hidden = events.length > 0;
    table.hidden = events.length === 0;
    older.hidden = next === null;
    // The names are part of it: the checks may be read after the events.
    const print = (event) => JSON.stringify([event, context.nameOf(event.check)]);
    reconcile(body, events, (event) => event.id, (event) => row(event, context.nameOf), print);
  };

  /** Reads the newest page. */
  async function load() {
    const page = await read("/v1/events?limit=50");
    const fresh = new Set(page.events.map((event) => event.id));
    const kept = events.filter((event) => !fresh.has(event.id));
    // Older ones stay as they were read, unless others may lie between them and a page of which none was known.
    if (page.next && kept.length === events.length) {
      events = page.events;
      next = page.next;
    } else events = [...page.events, ...kept];
    draw();
  }

  /** Reads the next older page; gives the row of its first event. */
  async function loadOlder() {
    const from = next;
    const page = await read(`/v1/events?limit=50&before=${encodeURIComponent(from)}`);
    // A reload meanwhile may have begun the list anew.
    if (from !== next) return undefined;
    const known = new Set(events.map((event) => event.id));
    const older = page.events.filter((event) => !known.has(event.id));
    const row = body.children.length;
    events = [...events, ...older];
    next = page.next ?? null;
    draw();
    return body.children[row] ?? table;
  }
  return { refresh: () => load(), onChecks: () => events.length > 0 && draw() };
}
