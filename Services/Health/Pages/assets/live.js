// SPDX-License-Identifier: Apache-2.0
// Martlet: keeps a document up to date: asks again every few seconds, slower while the server does not answer.

const answerWithin = 10_000;

/**
 * Polls one address with `If-None-Match`.
 *
 * Asks every `every` milliseconds (default 5,000); after failures twice as long each time, up to `slowest` (default
 * 30,000), each pause up to a tenth longer or shorter, so that the tabs of many viewers spread. Hidden tabs do not ask;
 * they catch up when they are shown. `onData(document)` runs only when the document changed, `onContact({lost, stale,
 * since, error})` after every answer or failure. With `quiet`, a document that did not change for so many milliseconds is
 * stale: its server changes it each minute, so what answers is a copy in between.
 */
export class Live {
  #tag = null;
  #changed = null;
  #timer = null;
  #pause;
  #asking = false;
  #stopped = false;
  #request;

  constructor(address, { every = 5_000, slowest = 30_000, quiet = Infinity, onData, onContact, request }) {
    this.address = address;
    this.every = every;
    this.slowest = slowest;
    this.quiet = quiet;
    this.onData = onData;
    this.onContact = onContact;
    this.lastContact = null;
    this.#pause = every;
    this.#request = request ?? ((url, options) => fetch(url, options));
  }

  start() {
    document.addEventListener("visibilitychange", this.#wake);
    addEventListener("online", this.#wake);
    return this.ask();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#wake);
    removeEventListener("online", this.#wake);
  }

  #wake = () => {
    if (document.visibilityState === "visible") this.ask();
  };

  /** Asks now; does nothing if a question is under way. */
  async ask() {
    if (this.#asking || this.#stopped) return;
    this.#asking = true;
    clearTimeout(this.#timer);
    try {
      await this.#once();
    } finally {
      this.#asking = false;
      if (!this.#stopped && document.visibilityState === "visible") {
        this.#timer = setTimeout(() => this.ask(), Math.round(this.#pause * (0.9 + 0.2 * Math.random())));
      }
    }
  }

  async #once() {
    let fresh;
    try {
      const headers = { Accept: "application/json" };
      if (this.#tag) headers["If-None-Match"] = this.#tag;
      const answer = await this.#request(this.address, { headers, signal: AbortSignal.timeout(answerWithin) });
      if (answer.status !== 304) {
        if (!answer.ok)
          throw Object.assign(new Error(`the server answered ${answer.status}`), { status: answer.status });
        fresh = await answer.json();
        this.#tag = answer.headers.get("ETag");
      }
    } catch (error) {
      if (this.#stopped) return;
      this.#pause = Math.min(this.slowest, this.#pause * 2);
      this.onContact?.({ lost: true, since: this.lastContact, error });
      return;
    }
    if (this.#stopped) return;
    this.lastContact = new Date();
    this.#pause = this.every;
    // Outside the try: a mistake in drawing is not a lost server, and has to show as what it is.
    if (fresh !== undefined) {
      this.#changed = this.lastContact;
      this.onData(fresh);
    }
    const stale = this.lastContact - this.#changed > this.quiet;
    this.onContact?.({ lost: false, stale, since: stale ? this.#changed : this.lastContact });
  }
}
