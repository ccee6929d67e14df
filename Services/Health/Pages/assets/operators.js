// SPDX-License-Identifier: Apache-2.0
// Martlet: the operators' page: its views, its key and what all views share.

import { Contact } from "./contact.js";
import { setText } from "./dom.js";
import { Live } from "./live.js";
import { aggregatorsView } from "./ops-aggregators.js";
import { key, request } from "./ops-api.js";
import { backupsView } from "./ops-backups.js";
import { checksView } from "./ops-checks.js";
import { Drawer } from "./ops-drawer.js";
import { eventsView } from "./ops-events.js";
import { graphView } from "./ops-graph.js";
import { incidentsView } from "./ops-incidents.js";
import { maintenanceView } from "./ops-maintenance.js";
import { receiversView } from "./ops-receivers.js";
import { route } from "./ops-route.js";
import { slosView } from "./ops-slos.js";
import { paintTabIcon, tally, worst } from "./states.js";

const $ = (id) => document.getElementById(id);
const views = {
  checks: checksView,
  incidents: incidentsView,
  events: eventsView,
  maintenance: maintenanceView,
  slos: slosView,
  graph: graphView,
  backups: backupsView,
  aggregators: aggregatorsView,
  notifications: receiversView,
};
const refreshEvery = 10_000;

let byId = new Map();
const context = {
  checks: [],
  nameOf: (id) => byId.get(id)?.name ?? id,
  confirm(question, word, then) {
    setText($("confirm-question"), question);
    setText($("confirm-yes"), word);
    $("confirm").onclose = () => $("confirm").returnValue === "yes" && then();
    $("confirm").returnValue = "";
    $("confirm").showModal();
  },
};

let shown = null;
let view = null;
const drawer = new Drawer($("drawer"));

async function refresh() {
  if (!view?.refresh || document.visibilityState !== "visible") return;
  const asked = view;
  try {
    await asked.refresh();
    if (asked === view) $("view-note").hidden = true;
  } catch (error) {
    if (asked !== view || error.status === 401) return;
    $("view-note").hidden = false;
    setText($("view-note"), `This view could not be read: ${error.message}`);
  }
}

function follow() {
  const name = Object.hasOwn(views, route().view) ? route().view : "checks";
  if (shown !== name) {
    view?.close?.();
    shown = name;
    $("view-note").hidden = true;
    $("view").className = `view view-${name}`;
    view = views[name]($("view"), context);
    view.onChecks?.(context.checks);
    for (const link of document.querySelectorAll(".tabs a")) {
      if (link.hash === `#/${name}`) {
        link.setAttribute("aria-current", "page");
        // On a phone the tabs are wider than the screen.
        link.scrollIntoView({ block: "nearest", inline: "nearest" });
      } else link.removeAttribute("aria-current");
    }
    refresh();
  } else view.onRoute?.();
  drawer.onRoute();
}

const contact = new Contact($("contact"), $("lost"));
const live = new Live("/v1/checks", {
  request,
  onData: (answer) => {
    const first = context.checks.length === 0;
    context.checks = answer.checks;
    byId = new Map(answer.checks.map((check) => [check.id, check]));
    const counts = tally(answer.checks);
    paintTabIcon(
      answer.checks.length === 0
        ? "UNKNOWN"
        : worst(answer.checks.filter((check) => !check.advisory).map((check) => check.status)),
    );
    document.title = `${counts.DOWN > 0 ? `${counts.DOWN} down · ` : ""}Operators`;
    // Forms that offer checks were built before there were any.
    if (first && shown === "maintenance") {
      view = views.maintenance($("view"), context);
      refresh();
    }
    view?.onChecks?.(answer.checks);
    drawer.onChecks(byId);
  },
  onContact: (state) => {
    if (state.error?.status === 401) return;
    contact.update(state);
  },
});

let dismissed = false;
addEventListener("martlet:key", (event) => {
  setText($("key-outcome"), event.detail.refused ? "The server refuses this key." : "");
  $("enter-key").hidden = false;
  // Whoever closed the question is not asked again by every poll; the button in the header opens it.
  if (!$("ask-key").open && !dismissed) $("ask-key").showModal();
});
$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const value = $("key").value.trim();
  if (value === "") return setText($("key-outcome"), "Enter a key.");
  key.set(value);
  $("key").value = "";
  $("enter-key").hidden = true;
  $("forget-key").hidden = false;
  dismissed = false;
  $("ask-key").close("used");
  live.ask();
  refresh();
});
$("ask-key").addEventListener("close", () => {
  dismissed = $("ask-key").returnValue !== "used";
  $("ask-key").returnValue = "";
});
$("enter-key").addEventListener("click", () => $("ask-key").showModal());
$("forget-key").hidden = key.get() === null;
$("forget-key").addEventListener("click", () => {
  key.forget();
  location.reload();
});
addEventListener("keydown", (event) => {
  if (
    event.key !== "/" ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.target.closest?.("input, textarea, select, dialog")
  )
    return;
  if (!view?.focusSearch) return;
  event.preventDefault();
  view.focusSearch();
});
for (const button of document.querySelectorAll("[data-close]"))
  button.addEventListener("click", () => button.closest("dialog").close());
addEventListener("hashchange", follow);
addEventListener("visibilitychange", refresh);
setInterval(refresh, refreshEvery);
follow();
live.start();
