// SPDX-License-Identifier: Apache-2.0
// Martlet: says how fresh the page is, and when contact with the server was lost.

import { setText } from "./dom.js";
import { ago, clockTime } from "./time.js";

/** Shows the contact in `line` (always there) and in `notice` (only while there is none). */
export class Contact {
  #state = { lost: false, stale: false, since: null };

  constructor(line, notice) {
    this.line = line;
    this.notice = notice;
    setInterval(() => this.#draw(), 1000);
  }

  update(state) {
    this.#state = state;
    this.#draw();
    const bad = state.lost || state.stale === true;
    if (this.notice.hidden === bad) this.notice.hidden = !bad;
    if (!bad) return setText(this.notice, "");
    if (!state.lost)
      return setText(this.notice, `No news since ${clockTime(state.since)}: what answers may be a copy. Trying again.`);
    const since = state.since
      ? `No contact since ${clockTime(state.since)}. What you see is from then.`
      : "No contact with the server yet.";
    setText(this.notice, `${since} Trying again.`);
  }

  #draw() {
    const { lost, stale, since } = this.#state;
    this.line.classList.toggle("lost", lost || stale === true);
    if (!since) return setText(this.line, lost ? "No contact" : "Loading");
    if (!lost && stale) return setText(this.line, `No news since ${clockTime(since)}`);
    setText(this.line, lost ? `No contact since ${clockTime(since)}` : `Live, updated ${ago(since)}`);
  }
}
