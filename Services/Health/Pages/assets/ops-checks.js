// SPDX-License-Identifier: Apache-2.0
// Martlet: the operators' table of all checks, with its filters.

import { el, setText } from "./dom.js";
import { checkLink, route, setParams } from "./ops-route.js";
import { Table } from "./ops-table.js";
import { known, stateIcon, states, stateWord, tally } from "./states.js";
import { timeElement, utc } from "./time.js";

export const latency = (value) =>
  value === null || value === undefined ? "–" : value >= 100 ? `${Math.round(value)} ms` : `${value.toFixed(1)} ms`;

/** The marks of a check that are not its state. */
export const marks = (check) => [
  check.flapping && el("span", { class: "label label-warning", text: "Flapping" }),
  check.suppressed_by && el("span", { class: "label", text: "Suppressed" }),
  check.advisory && el("span", { class: "label", text: "Advisory" }),
];

const columns = [
  {
    id: "state",
    title: "State",
    className: "c-state",
    order: (check) => states.indexOf(known(check.status)) * 2 + (check.suppressed_by ? 1 : 0),
    cell: (check) =>
      el(
        "span",
        { class: `state-cell state-${known(check.status).toLowerCase()}` },
        stateIcon(check.status),
        el("span", { text: stateWord(check.status) }),
      ),
  },
  {
    id: "name",
    title: "Check",
    className: "c-name",
    order: (check) => check.name,
    cell: (check) => [
      el(
        "span",
        { class: "name-line" },
        el("a", { class: "row-open", href: checkLink(check.id), title: check.name, text: check.name }),
        marks(check),
      ),
      el("span", {
        class: "sub",
        title: check.reason ?? check.target,
        text: check.status === "UP" ? check.target : (check.reason ?? check.target),
      }),
    ],
  },
  {
    id: "group",
    title: "Group",
    className: "c-group",
    order: (check) => check.group ?? "",
    cell: (check) => check.group ?? "",
  },
  { id: "kind", title: "Kind", className: "c-kind", order: (check) => check.kind, cell: (check) => check.kind },
  {
    id: "locations",
    title: "Locations",
    className: "c-locations",
    order: (check) => -(check.locations ?? []).filter((each) => each.status !== "UP").length,
    cell: (check) =>
      el(
        "span",
        { class: "places" },
        (check.locations ?? [])
          .slice(0, 6)
          .map((each) =>
            el(
              "span",
              { class: "place", title: `${each.location}: ${stateWord(each.status)}` },
              stateIcon(each.status, { size: 13, label: stateWord(each.status) }),
              each.location,
            ),
          ),
      ),
  },
  {
    id: "latency",
    title: "Latency",
    className: "c-latency number",
    order: (check) => check.latency_ms ?? -1,
    cell: (check) => latency(check.latency_ms),
  },
  {
    id: "since",
    title: "Since",
    className: "c-since",
    order: (check) => Date.parse(check.since ?? 0),
    cell: (check) => timeElement(check.since) ?? "–",
  },
  {
    id: "probe",
    title: "Last probe",
    className: "c-probe",
    order: (check) => Date.parse(check.last_probe_at ?? 0),
    cell: (check) =>
      check.last_probe_at
        ? el("time", {
            datetime: check.last_probe_at,
            title: utc(check.last_probe_at),
            text: new Date(check.last_probe_at).toLocaleTimeString("en-GB"),
          })
        : "never",
  },
];

const options = (values, all) => [
  el("option", { value: "", text: all }),
  ...values.map((value) => el("option", { value, text: value })),
];
const unique = (values) =>
  [...new Set(values.filter(Boolean))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));

/** Shows the table in `host`; returns what the shell calls on new data, on a new address and at the end. */
export function checksView(host) {
  let checks = [];
  const search = el("input", {
    type: "search",
    id: "search",
    placeholder: "Name, target, reason  ( / )",
    "aria-label": "Search checks",
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    on: { input: () => setParams({ q: search.value }) },
  });
  const select = (name, label) =>
    el("select", {
      class: "select",
      id: `by-${name}`,
      "aria-label": label,
      on: { change: (event) => setParams({ [name]: event.target.value }) },
    });
  const selects = {
    group: select("group", "Group"),
    kind: select("kind", "Kind"),
    location: select("location", "Location"),
  };
  const count = el("span", { class: "quiet", role: "status" });
  const counters = Object.fromEntries(
    [...states].reverse().map((state) => {
      const number = el("strong", { text: "0" });
      const button = el(
        "button",
        {
          type: "button",
          class: `counter state-${state.toLowerCase()}`,
          "aria-pressed": "false",
          data: { state },
          on: { click: () => setParams({ state: route().params.get("state") === state ? null : state }) },
        },
        stateIcon(state),
        number,
        el("span", { text: stateWord(state) }),
      );
      return [state, { button, number }];
    }),
  );
  const reset = el("button", {
    type: "button",
    class: "button small",
    text: "Clear filters",
    on: { click: () => setParams({ q: null, state: null, group: null, kind: null, location: null }) },
  });
  const table = new Table({
    label: "Checks",
    columns,
    key: (check) => check.id,
    empty: "No check matches.",
    onSort: (id) => {
      const { params } = route();
      const same = (params.get("sort") ?? "state") === id;
      setParams({ sort: id, down: same && params.get("down") !== "1" ? "1" : null });
    },
  });
  host.replaceChildren(
    el(
      "div",
      { class: "counters" },
      Object.values(counters).map(({ button }) => button),
    ),
    el("div", { class: "filters" }, search, selects.group, selects.kind, selects.location, reset, count),
    table.node,
  );

  const matches = (check, params, text) =>
    (!params.get("state") || known(check.status) === params.get("state")) &&
    (!params.get("group") || check.group === params.get("group")) &&
    (!params.get("kind") || check.kind === params.get("kind")) &&
    (!params.get("location") || (check.locations ?? []).some((each) => each.location === params.get("location"))) &&
    (text === "" ||
      [check.name, check.id, check.target, check.reason].some((field) => field?.toLowerCase().includes(text)));

  const draw = () => {
    const { params } = route();
    const text = (params.get("q") ?? "").trim().toLowerCase();
    if (document.activeElement !== search) search.value = params.get("q") ?? "";
    const counts = tally(checks);
    for (const [state, { button, number }] of Object.entries(counters)) {
      setText(number, String(counts[state]));
      button.setAttribute("aria-pressed", String(params.get("state") === state));
    }
    for (const [name, node] of Object.entries(selects))
      if (node.value !== (params.get(name) ?? "")) node.value = params.get(name) ?? "";
    const shown = checks.filter((check) => matches(check, params, text));
    setText(count, `${shown.length} of ${checks.length}`);
    reset.hidden = !["q", "state", "group", "kind", "location"].some((name) => params.get(name));
    table.update(shown, params.get("sort") ?? "state", params.get("down") === "1");
  };

  let choices = "";
  return {
    onChecks(list) {
      checks = list;
      const values = {
        group: unique(list.map((check) => check.group)),
        kind: unique(list.map((check) => check.kind)),
        location: unique(list.flatMap((check) => (check.locations ?? []).map((each) => each.location))),
      };
      if (choices !== (choices = JSON.stringify(values))) {
        selects.group.replaceChildren(...options(values.group, "All groups"));
        selects.kind.replaceChildren(...options(values.kind, "All kinds"));
        selects.location.replaceChildren(...options(values.location, "All locations"));
      }
      draw();
    },
    onRoute: draw,
    focusSearch: () => search.focus(),
    close: () => table.close(),
  };
}
