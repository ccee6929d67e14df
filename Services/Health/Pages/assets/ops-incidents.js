// SPDX-License-Identifier: Apache-2.0
// Martlet: incidents for operators: acknowledge, comment, resolve, and the report afterwards.

import { el, incidentLink, reconcile } from "./dom.js";
import { incidentCause, incidentFacts, incidentLabels, timeline } from "./incident-card.js";
import { path, read, readText, send } from "./ops-api.js";
import { act, field, olderButton, operator } from "./ops-forms.js";

const kinds = [
  ["open", "Open"],
  ["acknowledged", "Acknowledged"],
  ["resolved", "Resolved"],
];

/** Saves a text as a file of the visitor. */
function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function actionForm(incident, reload) {
  const by = el("input", { value: operator.get(), autocomplete: "name", required: true, maxlength: 100 });
  const text = el("textarea", { rows: 2, maxlength: 4000 });
  const open = el("input", { type: "checkbox", checked: true });
  const run = (button, done, action, body) => {
    if (!by.reportValidity()) return;
    operator.set(by.value.trim());
    act(button, done, () =>
      send("POST", path("incidents", incident.id, action), { by: by.value.trim(), ...body() }),
    ).then((taken) => {
      if (!taken) return;
      text.value = "";
      reload();
    });
  };
  const button = (title, className, click) => {
    const node = el("button", {
      type: "button",
      class: `button small ${className}`,
      text: title,
      on: { click: () => click(node) },
    });
    return node;
  };
  const words = () => text.value.trim();
  return el(
    "form",
    { class: "action-form", on: { submit: (event) => event.preventDefault() } },
    field("Your name", by),
    field("Text", text),
    el("label", { class: "tick" }, open, " Comments are public"),
    el(
      "div",
      { class: "buttons" },
      incident.status === "open" &&
        button("Acknowledge", "primary", (node) => run(node, "Acknowledged.", "acknowledge", () => ({}))),
      button("Comment", "", (node) => {
        text.required = true;
        if (text.reportValidity()) run(node, "Commented.", "comment", () => ({ text: words(), public: open.checked }));
        text.required = false;
      }),
      button("Resolve", "", (node) => run(node, "Resolved.", "resolve", () => ({ text: words() }))),
    ),
  );
}

function card(incident, nameOf, reload) {
  const report = el("button", {
    type: "button",
    class: "button small",
    text: "Post-incident report",
    on: {
      click: () =>
        act(report, "The report was saved.", async () =>
          save(`incident-${incident.id}.md`, await readText(path("incidents", incident.id, "report"))),
        ),
    },
  });
  return el(
    "article",
    { class: `card incident incident-${incident.severity}`, data: { incident: incident.id } },
    el("div", { class: "incident-labels" }, incidentLabels(incident)),
    el("h3", {}, el("a", { href: incidentLink(incident.id), text: incident.title })),
    incidentFacts(incident),
    incidentCause(incident, nameOf),
    el(
      "details",
      { open: incident.status !== "resolved" },
      el("summary", { text: `Timeline (${incident.updates?.length ?? 0})` }),
      timeline(incident),
    ),
    incident.status !== "resolved" && actionForm(incident, reload),
    el("div", { class: "buttons" }, report),
  );
}

/** Shows the incidents of one state in `host`. */
export function incidentsView(host, context) {
  let state = "open";
  let incidents = [];
  let next = null;
  const prints = new Map();
  const cards = el("div", { class: "cards" });
  const none = el("p", { class: "empty", hidden: true });
  const older = olderButton(loadOlder);
  const choice = el(
    "fieldset",
    { class: "segments" },
    el("legend", { class: "only-readers", text: "State" }),
    kinds.map(([id, name]) =>
      el(
        "label",
        { class: "segment" },
        el("input", {
          type: "radio",
          name: "incident-state",
          value: id,
          checked: id === state,
          on: {
            change: () => {
              state = id;
              incidents = [];
              load();
            },
          },
        }),
        el("span", { text: name }),
      ),
    ),
  );
  host.replaceChildren(
    el("div", { class: "section-head" }, el("h2", { text: "Incidents" }), choice),
    none,
    cards,
    older,
  );

  // The names are part of it: the checks may be read after the incidents.
  const print = (incident) =>
    JSON.stringify([incident, incident.affected?.map(context.nameOf), context.nameOf(incident.root_cause?.check)]);
  const draw = () => {
    none.hidden = incidents.length > 0;
    none.textContent = `No ${state} incidents.`;
    older.hidden = next === null;
    // A card whose form is being written in stays as it is until the text is sent or removed.
    const busy = new Set(
      [...cards.querySelectorAll("textarea")]
        .filter((text) => text.value !== "")
        .map((text) => text.closest("article").dataset.incident),
    );
    reconcile(
      cards,
      incidents,
      (incident) => incident.id,
      (incident) => card(incident, context.nameOf, load),
      (incident) => (busy.has(incident.id) ? (prints.get(incident.id) ?? print(incident)) : print(incident)),
    );
    for (const incident of incidents) if (!busy.has(incident.id)) prints.set(incident.id, print(incident));
  };

  /** Reads the newest page. */
  async function load() {
    const asked = state;
    const page = await read(`/v1/incidents?state=${state}&limit=25`);
    if (asked !== state) return;
    const fresh = new Set(page.incidents.map((incident) => incident.id));
    const oldest = page.incidents.at(-1)?.started_at ?? "";
    // Older ones stay as they were read, unless others may lie between them and a page of which none was known.
    const isLinked = page.next && incidents.some((incident) => fresh.has(incident.id));
    const kept = isLinked
      ? incidents.filter((incident) => !fresh.has(incident.id) && incident.started_at < oldest)
      : [];
    incidents = [...page.incidents, ...kept];
    if (kept.length === 0) next = page.next ?? null;
    draw();
  }

  /** Reads the next older page; gives the card of its first incident. */
  async function loadOlder() {
    const [asked, from] = [state, next];
    const page = await read(`/v1/incidents?state=${state}&limit=25&before=${encodeURIComponent(from)}`);
    // Another state may have been chosen meanwhile, or a reload have begun the list anew.
    if (asked !== state || from !== next) return undefined;
    const known = new Set(incidents.map((incident) => incident.id));
    const card = cards.children.length;
    incidents = [...incidents, ...page.incidents.filter((incident) => !known.has(incident.id))];
    next = page.next ?? null;
    draw();
    return cards.children[card] ?? cards;
  }
  return { refresh: () => load(), onChecks: () => incidents.length > 0 && draw() };
}
