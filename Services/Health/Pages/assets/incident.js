// SPDX-License-Identifier: Apache-2.0
// Martlet: the page of one incident.

import { Contact } from "./contact.js";
import { el, setText } from "./dom.js";
import { incidentCause, incidentFacts, incidentLabels, timeline } from "./incident-card.js";
import { Live } from "./live.js";
import { paintTabIcon, stateIcon } from "./states.js";
import { zone } from "./time.js";

const $ = (id) => document.getElementById(id);
const id = decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1) ?? "");
let names = new Map();
let latest = null;
const nameOf = (check) => names.get(check) ?? check;

function draw(incident) {
  latest = incident;
  const state = incident.status === "resolved" ? "UP" : incident.severity === "critical" ? "DOWN" : "DEGRADED";
  $("overall").className = `overall state-${state.toLowerCase()}`;
  $("overall-icon").replaceChildren(stateIcon(state, { size: 44 }));
  setText($("overall-words"), incident.title);
  document.title = `${incident.title} · incident ${incident.id}`;
  paintTabIcon(state);
  $("labels").replaceChildren(...incidentLabels(incident).filter(Boolean));
  $("facts").replaceChildren(incidentFacts(incident));
  $("cause").replaceChildren(...incidentCause(incident, nameOf, 200).filter(Boolean));
  $("cause").hidden = $("cause").childElementCount === 0;
  $("timeline").replaceChildren(timeline(incident));
  $("timeline-section").hidden = false;
  document.body.classList.remove("loading");
}

/** The names of the checks; the incident itself only knows their ids. */
async function readNames() {
  try {
    const answer = await fetch("/status.json", { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) return;
    const status = await answer.json();
    names = new Map(status.groups.flatMap((group) => group.checks.map((check) => [check.id, check.name])));
    setText($("title"), status.page.title);
    dispatchEvent(new CustomEvent("martlet:theme", { detail: status.page.theme }));
    if (latest) draw(latest);
  } catch {
    // The ids stand in for the names then.
  }
}

const contact = new Contact($("contact"), $("lost"));
const live = new Live(`/incidents/${encodeURIComponent(id)}.json`, {
  onData: draw,
  onContact: (state) => {
    if (state.error?.status === 404) {
      document.body.classList.remove("loading");
      $("overall-icon").replaceChildren(stateIcon("UNKNOWN", { size: 44 }));
      setText($("overall-words"), "There is no such incident");
      $("facts").replaceChildren(
        el("p", {
          class: "quiet",
          text: `The server knows no incident ${id}. It may have been removed after its time.`,
        }),
      );
      $("contact").hidden = true;
      return live.stop();
    }
    contact.update(state);
  },
});
setText($("zone"), zone());
live.start();
readNames();
