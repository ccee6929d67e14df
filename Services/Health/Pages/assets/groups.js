// SPDX-License-Identifier: Apache-2.0
// Martlet: the groups of checks: fold, draw only what is unfolded, find a check among thousands.

import { checkRow } from "./check-row.js";
import { el, reconcile, setText } from "./dom.js";
import { known, stateIcon, stateWord, tally, states } from "./states.js";

// Up to this many checks in all, every group starts unfolded.
const fewChecks = 30;
// How many rows go into the page in one frame, and how many a group shows before it asks.
const rowsAFrame = 40;
const rowsAtOnce = 200;
const remembered = "martlet.folded";

const summary = (checks) => {
  const counts = tally(checks);
  if (counts.UP === checks.length)
    return checks.length === 1 ? "1 check, operational" : `${checks.length} checks, all operational`;
  return states
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${stateWord(state).toLowerCase()}`)
    .join(" · ");
};

/** Draws the groups into `host`; `view` is handed on to the rows. */
export class Groups {
  #drawn = new Map();
  #folded = new Map();
  #groups = [];
  #needle = "";

  constructor(host, view) {
    this.host = host;
    this.view = view;
    try {
      this.#folded = new Map(Object.entries(JSON.parse(sessionStorage.getItem(remembered) ?? "{}")));
    } catch {
      // Nothing is remembered then: every group starts as its state asks for.
    }
  }

  update(groups) {
    this.#groups = groups;
    this.#draw();
  }

  /** Shows only checks whose name or group contains `text`; all of them if it is empty. */
  find(text) {
    this.#needle = text.trim().toLowerCase();
    this.#draw();
  }

  /** Draws every visible row anew, after the view changed. */
  redraw() {
    for (const entry of this.#drawn.values()) {
      entry.list.replaceChildren();
      entry.list.martletChildren?.clear();
    }
    this.#draw();
  }

  get found() {
    return this.#visible().reduce((sum, group) => sum + group.checks.length, 0);
  }

  #visible() {
    if (!this.#needle) return this.#groups;
    return this.#groups
      .map((group) =>
        group.name.toLowerCase().includes(this.#needle)
          ? group
          : { ...group, checks: group.checks.filter((check) => check.name.toLowerCase().includes(this.#needle)) },
      )
      .filter((group) => group.checks.length > 0);
  }

  #startsOpen(group) {
    if (this.#needle) return true;
    const chosen = this.#folded.get(group.id);
    if (chosen !== undefined) return !chosen;
    const total = this.#groups.reduce((sum, each) => sum + each.checks.length, 0);
    return total <= fewChecks || (known(group.status) !== "UP" && group.checks.length <= rowsAtOnce);
  }

  #draw() {
    const groups = this.#visible();
    for (const group of groups) {
      let entry = this.#drawn.get(group.id);
      if (!entry) this.#drawn.set(group.id, (entry = this.#make(group)));
      this.#refresh(entry, group);
    }
    const nodes = groups.map((group) => this.#drawn.get(group.id).node);
    const current = [...this.host.children];
    if (nodes.length !== current.length || nodes.some((node, index) => node !== current[index]))
      this.host.replaceChildren(...nodes);
  }

  #make(group) {
    const entry = {
      group,
      limit: rowsAtOnce,
      frame: 0,
      icon: el("span", { class: "group-icon" }),
      title: el("span", { class: "group-title" }),
      words: el("span", { class: "group-words" }),
      list: el("ul", { class: "check-list" }),
    };
    entry.more = el("button", {
      class: "button more",
      type: "button",
      hidden: true,
      on: {
        click: () => {
          entry.limit += rowsAtOnce;
          this.#rows(entry);
        },
      },
    });
    const summaryNode = el("summary", {}, entry.icon, el("h3", {}, entry.title), entry.words);
    entry.node = el("details", { class: "group", data: { group: group.id } }, summaryNode, entry.list, entry.more);
    // The click, not the toggle: toggles also come from this code, and those are not the visitor's choice.
    summaryNode.addEventListener("click", () => {
      if (this.#needle) return;
      this.#folded.set(entry.group.id, entry.node.open);
      try {
        sessionStorage.setItem(remembered, JSON.stringify(Object.fromEntries(this.#folded)));
      } catch {
        // Then it is forgotten with the page.
      }
    });
    entry.node.addEventListener("toggle", () => this.#rows(entry));
    return entry;
  }

  #refresh(entry, group) {
    const state = known(group.status);
    if (entry.state !== state) entry.icon.replaceChildren(stateIcon(state, { label: stateWord(state), size: 20 }));
    entry.state = state;
    entry.node.className = `group state-${state.toLowerCase()}`;
    entry.group = group;
    setText(entry.title, group.name);
    setText(entry.words, summary(group.checks));
    const open = this.#startsOpen(group);
    if (entry.node.open !== open) entry.node.open = open;
    if (open) this.#rows(entry);
  }

  /** Brings the rows of an unfolded group up to date, a frame's worth at a time; a folded group has none. */
  #rows(entry) {
    cancelAnimationFrame(entry.frame);
    if (!entry.node.open) {
      entry.list.replaceChildren();
      entry.list.martletChildren?.clear();
      return;
    }
    const checks = entry.group.checks.slice(0, entry.limit);
    const rest = entry.group.checks.length - checks.length;
    entry.list.classList.toggle("long", checks.length > rowsAFrame);
    entry.more.hidden = rest <= 0;
    if (rest > 0) setText(entry.more, `Show ${Math.min(rest, rowsAtOnce)} more of ${rest}`);
    const step = (upTo) => {
      reconcile(
        entry.list,
        checks.slice(0, upTo),
        (check) => check.id,
        (check) => checkRow(check, this.view),
      );
      if (upTo < checks.length) entry.frame = requestAnimationFrame(() => step(upTo + rowsAFrame));
    };
    step(Math.max(rowsAFrame, entry.list.childElementCount));
  }
}
