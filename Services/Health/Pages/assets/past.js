// SPDX-License-Identifier: Apache-2.0
// Martlet: incidents by day of the viewer, two weeks at first and older ones on demand.

import { el } from "./dom.js";
import { incidentLine } from "./incident-card.js";
import { daySpan, longDay } from "./time.js";

const daysAtFirst = 14;
const mostDays = 1000;
const pageSize = 50;
const dayOf = (time) => new Date(time).toDateString();

/** Keeps all incidents it was told of and draws them into `host`. */
export class Past {
  #incidents = new Map();
  #next = null;
  #pages = 0;
  #all = false;

  constructor(host, button, note) {
    this.host = host;
    this.button = button;
    this.note = note;
    button.addEventListener("click", () => this.older());
  }

  /** Every incident that is known, open or over. */
  get all() {
    return [...this.#incidents.values()];
  }

  /** Takes in what the status document says; newer facts replace older ones. */
  merge(incidents) {
    for (const incident of incidents) this.#incidents.set(incident.id, incident);
    this.draw();
  }

  /** Asks for the newest page, at the start and whenever an incident has ended. */
  async refresh() {
    await this.#fetch(`/incidents.json?limit=${pageSize}`, this.#pages === 0);
  }

  /** Asks for the page before the oldest one that is here. */
  async older() {
    this.#all = true;
    if (this.#pages > 0 && this.#next === null) return this.draw();
    this.button.disabled = true;
    const query = this.#next === null ? "" : `&before=${encodeURIComponent(this.#next)}`;
    await this.#fetch(`/incidents.json?limit=${pageSize}${query}`, true);
    this.button.disabled = false;
  }

  async #fetch(address, turnsPage) {
    try {
      const answer = await fetch(address, {
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(10_000),
      });
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      const page = await answer.json();
      if (turnsPage) {
        this.#next = page.next ?? null;
        this.#pages += 1;
      }
      this.note.hidden = true;
      this.merge(page.incidents);
    } catch (error) {
      this.note.textContent = `Past incidents could not be read: ${error.message}.`;
      this.note.hidden = false;
    }
  }

  draw() {
    const known = this.all;
    const byDay = new Map();
    for (const incident of known) {
      const day = dayOf(incident.started_at);
      byDay.set(day, [...(byDay.get(day) ?? []), incident]);
    }
    const today = new Date();
    const days = [];
    const oldest = Math.min(...known.map((incident) => Date.parse(incident.started_at)));
    const daysAgo = (back) => new Date(today.getFullYear(), today.getMonth(), today.getDate() - back);
    for (let back = 0; back < daysAtFirst || (this.#all && back < mostDays && daysAgo(back - 1) > oldest); back += 1)
      days.push(daysAgo(back));
    const entries = days.map((day) => ({
      day,
      incidents: (byDay.get(day.toDateString()) ?? []).sort(
        (a, b) => Date.parse(b.started_at) - Date.parse(a.started_at),
      ),
    }));
    this.host.replaceChildren(...this.#sections(entries));
    const beyond = known.some((incident) => Date.parse(incident.started_at) < days.at(-1).getTime());
    this.button.hidden = !(this.#next !== null || beyond);
  }

  /** Days with incidents one by one; quiet days in a row as one line, so that good news takes little room. */
  #sections(entries) {
    const sections = [];
    let quiet = [];
    const flush = () => {
      if (quiet.length === 0) return;
      const [newest, last] = [quiet[0].day, quiet.at(-1).day];
      const head = quiet.length === 1 ? longDay(newest) : daySpan(last, newest);
      sections.push(
        el(
          "section",
          { class: "past-day past-quiet" },
          el("h3", { text: head }),
          el("p", { class: "quiet", text: "No incidents." }),
        ),
      );
      quiet = [];
    };
    for (const entry of entries) {
      if (entry.incidents.length === 0) quiet.push(entry);
      else {
        flush();
        sections.push(
          el(
            "section",
            { class: "past-day" },
            el("h3", { text: longDay(entry.day) }),
            el("ul", { class: "plain" }, entry.incidents.map(incidentLine)),
          ),
        );
      }
    }
    flush();
    return sections;
  }
}
