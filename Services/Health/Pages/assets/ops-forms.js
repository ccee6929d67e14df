// SPDX-License-Identifier: Apache-2.0
// Martlet: the small parts of the operators' forms: fields, choices of checks, and saying what came of it.

import { el } from "./dom.js";

const nameKey = "martlet.by";

/** The operator's name, kept for the next time. */
export const operator = {
  get() {
    try {
      return localStorage.getItem(nameKey) ?? "";
    } catch {
      return "";
    }
  },
  set(name) {
    try {
      localStorage.setItem(nameKey, name);
    } catch {
      // It has to be typed again then.
    }
  },
};

let serial = 0;

/** A labelled field. */
export function field(label, input, hint) {
  serial += 1;
  input.id ||= `field-${serial}`;
  const hintNode = hint && el("span", { class: "quiet", id: `${input.id}-hint`, text: hint });
  if (hintNode) input.setAttribute("aria-describedby", hintNode.id);
  return el("div", { class: "field" }, el("label", { for: input.id, text: label }), input, hintNode);
}

/** Says what happened, at the foot of the page, for six seconds or until the next word. */
export function say(text, bad = false) {
  const box = document.getElementById("said");
  box.textContent = text;
  box.classList.toggle("bad", bad);
  box.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (box.hidden = true), 6000);
}

/** Runs an action of a button: disabled meanwhile, its failure said, and its end too unless `done` is null. */
export async function act(button, done, work) {
  button.disabled = true;
  try {
    await work();
    if (done !== null) say(done);
    return true;
  } catch (error) {
    say(error.name === "TimeoutError" ? "The server did not answer in time." : error.message, true);
    return false;
  } finally {
    button.disabled = false;
  }
}

/** A field that collects some of many named things; `values()` are their ids. */
export function picker(label, things) {
  serial += 1;
  const chosen = new Map();
  const listId = `list-${serial}`;
  const byName = new Map(things.map((thing) => [thing.name, thing]));
  const input = el("input", { type: "text", list: listId, autocomplete: "off", placeholder: "Type to choose" });
  const chips = el("div", { class: "chips" });
  const draw = () =>
    chips.replaceChildren(
      ...[...chosen.values()].map((thing) =>
        el("button", {
          type: "button",
          class: "chip chip-link",
          title: "Remove",
          "aria-label": `Remove ${thing.name}`,
          text: `${thing.name} ×`,
          on: {
            click: () => {
              chosen.delete(thing.id);
              draw();
            },
          },
        }),
      ),
    );
  const take = () => {
    const thing = byName.get(input.value.trim());
    if (!thing) return;
    chosen.set(thing.id, thing);
    input.value = "";
    draw();
  };
  input.addEventListener("input", take);
  input.addEventListener("change", take);
  const node = el(
    "div",
    {},
    field(label, input),
    el(
      "datalist",
      { id: listId },
      things.map((thing) => el("option", { value: thing.name })),
    ),
    chips,
  );
  return { node, values: () => [...chosen.keys()] };
}

/**
 * The button that reads older entries of a list; hidden until there are any. `load()` gives the element of the first
 * entry that it brought: the focus goes there when the button has gone.
 */
export function olderButton(load) {
  const click = async () => {
    let first;
    await act(button, null, async () => (first = await load()));
    if (!button.hidden) return button.focus();
    first?.setAttribute("tabindex", "-1");
    first?.focus();
  };
  const button = el("button", { type: "button", class: "button more", text: "Show older", hidden: true, on: { click } });
  return button;
}
