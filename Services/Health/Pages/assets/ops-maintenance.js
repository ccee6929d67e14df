// SPDX-License-Identifier: Apache-2.0
// Martlet: maintenance windows for operators: list, create once or on a schedule, delete.

import { el } from "./dom.js";
import { path, read, send } from "./ops-api.js";
import { act, field, picker, say } from "./ops-forms.js";
import { stateIcon } from "./states.js";
import { duration, fullTime, timeElement, zone } from "./time.js";
import { windowOrder } from "./windows.js";

/** The seconds of an ISO 8601 duration of days, hours, minutes and seconds; nothing if it is not one. */
function isoSeconds(text) {
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text ?? "");
  if (!parts) return undefined;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return days * 86400 + hours * 3600 + minutes * 60 + seconds;
}

const localInput = (time) => new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
const when = (window) =>
  window.cron
    ? [
        el("code", { text: window.cron }),
        ` in ${window.timezone ?? "UTC"}, ${duration(isoSeconds(window.duration) ?? 0)} each`,
        window.starts_at && [el("br"), "Next: ", timeElement(window.starts_at, fullTime)],
      ]
    : [timeElement(window.starts_at, fullTime), " to ", timeElement(window.ends_at, fullTime)];

function list(windows, context, reload) {
  if (windows.length === 0) return el("p", { class: "empty", text: "No maintenance is planned." });
  const row = (window) => {
    const remove = el("button", {
      type: "button",
      class: "button small danger",
      text: "Delete",
      "aria-label": `Delete ${window.title}`,
      on: {
        click: () =>
          context.confirm(`Delete the window “${window.title}”?`, "Delete", () =>
            act(remove, "Deleted.", () => send("DELETE", path("maintenance", window.id))).then(
              (done) => done && reload(),
            ),
          ),
      },
    });
    const covered = [...(window.groups ?? []).map((id) => `group ${id}`), ...(window.checks ?? []).map(context.nameOf)];
    return el(
      "tr",
      { data: { window: window.id } },
      el(
        "td",
        {},
        el("strong", { text: window.title }),
        window.active &&
          el("span", { class: "label label-maintenance" }, stateIcon("MAINTENANCE", { size: 12 }), " In progress"),
      ),
      el("td", {}, when(window)),
      el("td", {
        text: covered.slice(0, 5).join(", ") + (covered.length > 5 ? ` and ${covered.length - 5} more` : ""),
      }),
      el(
        "td",
        { class: "number" },
        window.source === "file" ? el("span", { class: "quiet", text: "from the configuration file" }) : remove,
      ),
    );
  };
  return el(
    "table",
    { class: "plain-table roomy" },
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        ["Window", "When", "Covers", ""].map((text) => el("th", { scope: "col", text })),
      ),
    ),
    el("tbody", {}, [...windows].sort(windowOrder).map(row)),
  );
}

function form(context, reload) {
  const checks = picker(
    "Checks",
    context.checks.map(({ id, name }) => ({ id, name })),
  );
  const groups = picker(
    "Groups",
    [...new Set(context.checks.map((check) => check.group).filter(Boolean))].map((id) => ({ id, name: id })),
  );
  const title = el("input", { required: true, maxlength: 200 });
  const start = el("input", { type: "datetime-local", value: localInput(Date.now() + 3600e3) });
  const end = el("input", { type: "datetime-local", value: localInput(Date.now() + 3 * 3600e3) });
  const cron = el("input", { placeholder: "0 2 * * 0", class: "mono", autocomplete: "off" });
  const zones = el(
    "select",
    { class: "select" },
    [...new Set(["UTC", zone(), ...Intl.supportedValuesOf("timeZone")])].map((name) =>
      el("option", { value: name, text: name }),
    ),
  );
  zones.value = zone();
  const hours = el("input", { type: "number", min: 0, max: 168, value: 2 });
  const minutes = el("input", { type: "number", min: 0, max: 59, value: 0 });
  const once = el(
    "div",
    { class: "fields" },
    field("Starts", start, `In ${zone()}`),
    field("Ends", end, `In ${zone()}`),
  );
  const often = el(
    "div",
    { class: "fields", hidden: true },
    field("Schedule (cron)", cron, "Minute, hour, day of month, month, day of week"),
    field("Time zone", zones),
    field("Hours", hours),
    field("Minutes", minutes),
  );
  let mode = "once";
  const modes = el(
    "fieldset",
    { class: "segments" },
    el("legend", { class: "only-readers", text: "How often" }),
    [
      ["once", "Once"],
      ["cron", "On a schedule"],
    ].map(([id, name]) =>
      el(
        "label",
        { class: "segment" },
        el("input", {
          type: "radio",
          name: "mode",
          value: id,
          checked: id === mode,
          on: {
            change: () => {
              mode = id;
              once.hidden = id !== "once";
              often.hidden = id === "once";
            },
          },
        }),
        el("span", { text: name }),
      ),
    ),
  );

  const body = () => {
    const scope = { title: title.value.trim(), checks: checks.values(), groups: groups.values() };
    if (scope.checks.length + scope.groups.length === 0) throw new Error("Choose at least one check or group.");
    if (mode === "once") {
      const [from, to] = [new Date(start.value), new Date(end.value)];
      if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime()))
        throw new Error("Enter when the window starts and when it ends.");
      if (to <= from) throw new Error("The window has to end after it starts.");
      return {
        ...scope,
        starts_at: `${from.toISOString().slice(0, 19)}Z`,
        ends_at: `${to.toISOString().slice(0, 19)}Z`,
      };
    }
    if (cron.value.trim().split(/\s+/).length !== 5)
      throw new Error("A schedule has five fields, such as 0 2 * * 0 for Sundays at 2:00.");
    const [h, m] = [Number(hours.value), Number(minutes.value)];
    if (!(h * 60 + m > 0)) throw new Error("A window has to last at least a minute.");
    return {
      ...scope,
      cron: cron.value.trim(),
      timezone: zones.value,
      duration: `PT${h ? `${h}H` : ""}${m ? `${m}M` : ""}`,
    };
  };
  const create = el("button", { type: "submit", class: "button primary", text: "Create window" });
  return el(
    "form",
    {
      class: "card window-form",
      on: {
        submit: async (event) => {
          event.preventDefault();
          let wanted;
          try {
            wanted = body();
          } catch (error) {
            return say(error.message, true);
          }
          if (await act(create, "The window was created.", () => send("POST", path("maintenance"), wanted))) {
            event.target.replaceWith(form(context, reload));
            reload();
          }
        },
      },
    },
    el("h3", { text: "New window" }),
    field("Title", title),
    modes,
    once,
    often,
    el("div", { class: "fields" }, groups.node, checks.node),
    create,
  );
}

/** Shows maintenance in `host`. */
export function maintenanceView(host, context) {
  const rows = el("div", {
    class: "card table-card",
    tabindex: 0,
    role: "region",
    "aria-label": "Maintenance windows",
  });
  let print = "";
  const load = async () => {
    const { maintenance } = await read("/v1/maintenance");
    if (print === (print = JSON.stringify(maintenance))) return;
    rows.replaceChildren(list(maintenance, context, load));
  };
  host.replaceChildren(
    el("div", { class: "section-head" }, el("h2", { text: "Maintenance" })),
    rows,
    form(context, load),
  );
  return { refresh: load };
}
