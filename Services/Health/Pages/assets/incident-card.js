// SPDX-License-Identifier: Apache-2.0
// Martlet: an incident as a card: what happened, why, what it touches, and its timeline.

import { el, incidentLink, svg } from "./dom.js";
import { between, duration, timeElement } from "./time.js";

const kinds = {
  opened: "Opened",
  updated: "Update",
  acknowledged: "Acknowledged",
  escalated: "Escalated",
  comment: "Comment",
  reopened: "Reopened",
  resolved: "Resolved",
  cause: "Root cause",
  affected: "Also affected",
  notified: "Notified",
};
const statusWords = { open: "Open", acknowledged: "Acknowledged", resolved: "Resolved" };
const severities = { critical: "Critical", warning: "Warning", info: "Information" };

const dots = {
  opened: "M12 4v9M12 18v.5",
  reopened: "M12 4v9M12 18v.5",
  resolved: "m5 12.5 5 5 9-10",
  acknowledged: "M4 12h16M13 5l7 7-7 7",
  escalated: "M12 20V5M5 12l7-7 7 7",
  cause: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
};

const dot = (kind) =>
  el(
    "span",
    { class: `dot dot-${Object.hasOwn(kinds, kind) ? kind : "updated"}`, "aria-hidden": "true" },
    svg(
      "svg",
      { viewBox: "0 0 24 24", width: 12, height: 12 },
      svg("path", { d: dots[kind] ?? "M6 12h.1M12 12h.1M18 12h.1" }),
    ),
  );

/** The timeline of an incident, newest first, at most `most` entries. */
export function timeline(incident, most = Infinity) {
  const updates = [...(incident.updates ?? [])].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return el(
    "ol",
    { class: "timeline" },
    updates
      .slice(0, most)
      .map((update) =>
        el(
          "li",
          {},
          dot(update.kind),
          el(
            "div",
            { class: "timeline-body" },
            el(
              "div",
              { class: "timeline-head" },
              el("strong", { text: kinds[update.kind] ?? "Update" }),
              timeElement(update.at),
              update.by && el("span", { text: `by ${update.by}` }),
            ),
            // "Acknowledged: acknowledged" says nothing more.
            update.text && update.text !== update.kind && el("p", { class: "prose", text: update.text }),
          ),
        ),
      ),
  );
}

/** The words of an incident's state with its severity, as small labels. */
export function incidentLabels(incident) {
  const status = Object.hasOwn(statusWords, incident.status) ? incident.status : "open";
  const severity = Object.hasOwn(severities, incident.severity) ? incident.severity : "info";
  return [
    el("span", { class: `label label-${status}`, text: statusWords[status] }),
    status !== "resolved" && el("span", { class: `label label-${severity}`, text: severities[severity] }),
    incident.flapping && el("span", { class: "label", text: "Flapping" }),
  ];
}

/** How long an incident has lasted, in words. */
const incidentLength = (incident) =>
  incident.status === "resolved" && incident.resolved_at
    ? `lasted ${duration(between(incident.started_at, incident.resolved_at))}`
    : `for ${duration(between(incident.started_at))}`;

function chips(ids, nameOf, most) {
  const rest = ids.length - most;
  return el(
    "ul",
    { class: "chips" },
    ids.slice(0, most).map((id) => el("li", { class: "chip", text: nameOf(id) })),
    rest > 0 && el("li", { class: "chip chip-more", text: `and ${rest} more` }),
  );
}

/** The facts below a title: since when, acknowledged by whom, how long. */
export function incidentFacts(incident) {
  return el(
    "p",
    { class: "quiet incident-facts" },
    "Started ",
    timeElement(incident.started_at),
    `, ${incidentLength(incident)}`,
    incident.acknowledged_at && [
      ". Acknowledged ",
      timeElement(incident.acknowledged_at),
      incident.acknowledged_by && ` by ${incident.acknowledged_by}`,
    ],
    incident.resolved_at && [". Resolved ", timeElement(incident.resolved_at)],
    ".",
  );
}

/** What broke and what it took along. */
export function incidentCause(incident, nameOf, most = 10) {
  const affected = incident.affected ?? [];
  return [
    incident.root_cause &&
      el(
        "div",
        { class: "cause" },
        el("span", { class: "cause-name", text: "Root cause" }),
        el("strong", { text: nameOf(incident.root_cause.check) }),
        incident.root_cause.reason && el("p", { class: "prose", text: incident.root_cause.reason }),
      ),
    affected.length > 0 &&
      el(
        "div",
        { class: "affected" },
        el("h4", { text: affected.length === 1 ? "1 affected check" : `${affected.length} affected checks` }),
        chips(affected, nameOf, most),
      ),
  ];
}

/** The card of an incident that is not over yet. */
export function incidentCard(incident, nameOf) {
  const severity = Object.hasOwn(severities, incident.severity) ? incident.severity : "info";
  const shown = 3;
  const rest = (incident.updates?.length ?? 0) - shown;
  return el(
    "article",
    { class: `card incident incident-${severity}`, data: { incident: incident.id } },
    el("div", { class: "incident-labels" }, incidentLabels(incident)),
    el("h3", {}, el("a", { href: incidentLink(incident.id), text: incident.title })),
    incidentFacts(incident),
    incidentCause(incident, nameOf),
    timeline(incident, shown),
    rest > 0 &&
      el("a", {
        class: "more-link",
        href: incidentLink(incident.id),
        text: `Full timeline (${rest} more ${rest === 1 ? "entry" : "entries"})`,
      }),
  );
}

/** One line about an incident of the past. */
export function incidentLine(incident) {
  const last = [...(incident.updates ?? [])]
    .filter((update) => update.text && update.text !== update.kind)
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
  return el(
    "li",
    { class: "past-incident" },
    el(
      "div",
      { class: "past-head" },
      el("a", { href: incidentLink(incident.id), text: incident.title }),
      incidentLabels(incident),
    ),
    el("p", { class: "quiet" }, timeElement(incident.started_at), ` · ${incidentLength(incident)}`),
    last && el("p", { class: "prose", text: last.text }),
  );
}
