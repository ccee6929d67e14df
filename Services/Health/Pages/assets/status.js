// SPDX-License-Identifier: Apache-2.0
// Martlet: the public status page.

import { backupCards } from "./backups.js";
import { Contact } from "./contact.js";
import { incidentLink, reconcile, safeLink, setText } from "./dom.js";
import { Groups } from "./groups.js";
import { incidentCard } from "./incident-card.js";
import { Live } from "./live.js";
import { Past } from "./past.js";
import { known, paintTabIcon, stateIcon, stateWord, states, tally } from "./states.js";
import { fillSubscribe } from "./subscribe.js";
import { zone } from "./time.js";
import { windowCard, windowOrder } from "./windows.js";

const $ = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 480px)");
const medium = matchMedia("(max-width: 760px)");
const shownDays = () => (narrow.matches ? 30 : medium.matches ? 60 : 90);

let names = new Map();
let groupNames = new Map();
let openIds = null;
let incidentsByCheck = new Map();
const nameOf = (id) => names.get(id) ?? id;

const past = new Past($("past-days"), $("past-older"), $("past-note"));
const view = {
  period: "90d",
  shown: shownDays(),
  unfolded: new Set(),
  incidentsOn: (check, day) =>
    (incidentsByCheck.get(check) ?? []).filter((incident) => incident.first <= day && day <= incident.last),
  open: (incident) => location.assign(incidentLink(incident.id)),
};
const groups = new Groups($("groups"), view);

function headline(status, checks) {
  const counts = tally(checks);
  if (checks.length === 0) return "No checks are published yet";
  switch (known(status)) {
    case "UP":
      return "All systems operational";
    case "DOWN":
      return counts.DOWN === checks.length
        ? "All systems are down"
        : counts.DOWN > 1
          ? "Some systems are down"
          : counts.DOWN === 1
            ? `${checks.find((check) => check.status === "DOWN").name} is down`
            : "Systems are down";
    case "DEGRADED":
      return counts.DEGRADED === 1 && counts.DOWN === 0
        ? `${checks.find((check) => check.status === "DEGRADED").name} is degraded`
        : "Some systems are degraded";
    case "MAINTENANCE":
      return "Maintenance in progress";
    default:
      return "The state of some systems is unknown";
  }
}

function drawOverall(status, checks) {
  const state = checks.length === 0 ? "UNKNOWN" : known(status);
  const hero = $("overall");
  hero.className = `overall state-${state.toLowerCase()}`;
  const words = headline(status, checks);
  if (hero.dataset.state !== state) {
    $("overall-icon").replaceChildren(stateIcon(state, { size: 56 }));
    hero.dataset.state = state;
  }
  setText($("overall-words"), words);
  const counts = tally(checks);
  const parts = states
    .filter((each) => counts[each] > 0)
    .map((each) => `${counts[each]} ${stateWord(each).toLowerCase()}`);
  setText(
    $("overall-counts"),
    checks.length === 0 ? "As soon as a check is published, it shows here." : parts.join(" · "),
  );
  paintTabIcon(state);
  return words;
}

function drawPage(page) {
  setText($("title"), page.title);
  const described = page.description ?? "";
  setText($("description"), described);
  $("description").hidden = described === "";
  const home = safeLink(page.url);
  if (home) $("home").href = home;
  const support = safeLink(page.support_url);
  $("support").hidden = !support;
  if (support) $("support").href = support;
  dispatchEvent(new CustomEvent("martlet:theme", { detail: page.theme }));
}

/** Which days (UTC) each incident touches, by check. */
function indexIncidents() {
  incidentsByCheck = new Map();
  for (const incident of past.all) {
    const days = {
      id: incident.id,
      title: incident.title,
      first: incident.started_at.slice(0, 10),
      last: (incident.resolved_at ?? new Date().toISOString()).slice(0, 10),
    };
    const touched = new Set([...(incident.affected ?? []), incident.root_cause?.check].filter(Boolean));
    for (const id of touched) {
      if (!incidentsByCheck.has(id)) incidentsByCheck.set(id, []);
      incidentsByCheck.get(id).push(days);
    }
  }
}

function drawIncidents(incidents) {
  const open = incidents.filter((incident) => incident.status !== "resolved");
  $("incidents").hidden = open.length === 0;
  // The minute is part of the print, because the card says how long the incident has lasted.
  const minute = Math.floor(Date.now() / 60_000);
  reconcile(
    $("incident-cards"),
    open,
    (incident) => incident.id,
    (incident) => incidentCard(incident, nameOf),
    (incident) => JSON.stringify([incident, minute]),
  );
  past.merge(incidents);
  const ids = open.map((incident) => incident.id).join();
  if (ids !== openIds) past.refresh().then(indexIncidents);
  openIds = ids;
  indexIncidents();
}

function drawWindows(windows) {
  const sorted = [...windows].sort(windowOrder);
  $("maintenance").hidden = sorted.length === 0;
  const covered = (window) => [
    ...(window.groups ?? []).map((id) => groupNames.get(id) ?? id),
    ...(window.checks ?? []).map(nameOf),
  ];
  const minute = Math.floor(Date.now() / 60_000);
  reconcile(
    $("window-cards"),
    sorted,
    (window) => window.id,
    (window) => windowCard(window, covered),
    (window) => JSON.stringify([window, minute]),
  );
}

function drawBackups(backups) {
  $("backups").hidden = !backups;
  const minute = Math.floor(Date.now() / 60_000);
  reconcile(
    $("backup-cards"),
    backups ? backupCards(backups) : [],
    (card) => card.dataset.backup,
    (card) => card,
    () => JSON.stringify([backups, minute]),
  );
}

let latest = null;
function draw(status) {
  const first = latest === null;
  latest = status;
  const list = status.groups ?? [];
  const checks = list.flatMap((group) => group.checks);
  names = new Map(checks.map((check) => [check.id, check.name]));
  groupNames = new Map(list.map((group) => [group.id, group.name]));
  drawPage(status.page ?? { title: "Status" });
  const words = drawOverall(status.status, checks);
  document.title = `${words} · ${status.page?.title ?? "Status"}`;
  drawIncidents(status.incidents ?? []);
  drawWindows(status.maintenance ?? []);
  $("past").hidden = false;
  $("checks").hidden = checks.length === 0;
  $("find-row").hidden = checks.length <= 20;
  groups.update(list);
  drawBackups(status.backups);
  fillSubscribe($("subscribe"), status.subscriptions);
  document.body.classList.remove("loading");
  if (first) performance.mark("martlet:drawn");
}

for (const input of document.querySelectorAll("input[name=period]")) {
  input.addEventListener("change", () => {
    view.period = input.value;
    groups.redraw();
  });
}
for (const query of [narrow, medium]) {
  query.addEventListener("change", () => {
    if (view.shown === shownDays()) return;
    view.shown = shownDays();
    if (latest) groups.redraw();
  });
}
$("find").addEventListener("input", () => {
  groups.find($("find").value);
  setText($("find-count"), $("find").value.trim() === "" ? "" : `${groups.found} found`);
});
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest?.("input, textarea, select, dialog") || $("find-row").hidden) return;
  event.preventDefault();
  $("find").focus();
});
$("open-subscribe").addEventListener("click", () => $("subscribe").showModal());
for (const button of document.querySelectorAll("[data-close]"))
  button.addEventListener("click", () => button.closest("dialog").close());
setText($("zone"), zone());

const contact = new Contact($("contact"), $("lost"));
const live = new Live("/status.json", {
  quiet: 180_000,
  onData: draw,
  onContact: (state) => {
    contact.update(state);
    if (state.lost && !latest) {
      document.body.classList.remove("loading");
      setText($("overall-words"), "The status cannot be read at the moment");
      setText(
        $("overall-counts"),
        "The server of this page does not answer. That says nothing about the systems it watches.",
      );
      if ($("overall").dataset.state !== "UNKNOWN")
        $("overall-icon").replaceChildren(stateIcon("UNKNOWN", { size: 56 }));
      $("overall").dataset.state = "UNKNOWN";
    }
  },
});
live.start();
