// SPDX-License-Identifier: Apache-2.0
// Martlet: a table of thousands of rows of which only the visible ones are in the page.

import { el, reconcile } from "./dom.js";

const rowHeight = 56;
const spare = 6;

/** A sortable table; `columns` are `{id, title, className, cell(item), order(item)}`. */
export class Table {
  #items = [];
  #frame = 0;

  constructor({ label, columns, key, sort, down, onSort, empty }) {
    this.columns = columns;
    this.key = key;
    this.sort = sort;
    this.down = down;
    this.heads = columns.map((column) => {
      const button = el("button", {
        type: "button",
        class: "sort",
        text: column.title,
        on: { click: () => onSort(column.id) },
      });
      return el("th", { scope: "col", class: column.className }, button);
    });
    this.above = el("td");
    this.below = el("td");
    this.rows = el("tbody");
    this.table = el(
      "table",
      { class: "wide-table", "aria-label": label },
      el("thead", {}, el("tr", {}, this.heads)),
      el("tbody", { class: "pad", "aria-hidden": "true" }, el("tr", {}, this.above)),
      this.rows,
      el("tbody", { class: "pad", "aria-hidden": "true" }, el("tr", {}, this.below)),
    );
    this.empty = el("p", { class: "empty", text: empty, hidden: true });
    this.node = el(
      "div",
      { class: "table-scroll", tabindex: "0", role: "region", "aria-label": label },
      this.table,
      this.empty,
    );
    this.node.addEventListener("scroll", () => this.#soon(), { passive: true });
    this.node.addEventListener("keydown", (event) => this.#walk(event));
    this.observer = new ResizeObserver(() => this.#soon());
    this.observer.observe(this.node);
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  /** Shows these items, ordered by the chosen column. */
  update(items, sort, down) {
    this.sort = sort;
    this.down = down;
    const column = this.columns.find((each) => each.id === sort) ?? this.columns[0];
    const value = new Map(items.map((item) => [item, column.order(item)]));
    const compare = (a, b) =>
      typeof a === "number" && typeof b === "number"
        ? a - b
        : String(a).localeCompare(String(b), "en", { numeric: true });
    this.#items = [...items].sort((a, b) => compare(value.get(a), value.get(b)) * (down ? -1 : 1));
    this.heads.forEach((head, index) => {
      const sorted = this.columns[index].id === column.id;
      if (sorted) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    this.empty.hidden = items.length > 0;
    this.table.setAttribute("aria-rowcount", String(items.length + 1));
    this.#draw();
  }

  #soon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const height = this.node.clientHeight || 600;
    const first = Math.max(0, Math.floor(this.node.scrollTop / rowHeight) - spare);
    const last = Math.min(this.#items.length, Math.ceil((this.node.scrollTop + height) / rowHeight) + spare);
    const start = Math.min(first, Math.max(0, last - 1));
    const held = this.rows.contains(document.activeElement) ? document.activeElement.closest("tr").dataset.key : null;
    this.above.style.height = `${start * rowHeight}px`;
    this.below.style.height = `${(this.#items.length - last) * rowHeight}px`;
    const shown = this.#items.slice(start, last).map((item, offset) => ({ item, index: start + offset }));
    reconcile(
      this.rows,
      shown,
      ({ item }) => this.key(item),
      ({ item, index }) => this.#row(item, index),
    );
    // A row that changed was built anew; whoever stood on it keeps standing there.
    if (held !== null && !this.rows.contains(document.activeElement))
      this.#button(held)?.focus({ preventScroll: true });
  }

  #row(item, index) {
    return el(
      "tr",
      { data: { key: this.key(item), index }, "aria-rowindex": index + 2 },
      this.columns.map((column) => el("td", { class: column.className }, column.cell(item))),
    );
  }

  #button(key) {
    return this.rows.querySelector(`tr[data-key="${CSS.escape(key)}"] .row-open`);
  }

  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (step === undefined || this.#items.length === 0) return;
    event.preventDefault();
    const row = document.activeElement?.closest("tr[data-index]");
    const index = row ? Math.min(this.#items.length - 1, Math.max(0, Number(row.dataset.index) + step)) : 0;
    const top = index * rowHeight;
    const view = this.node.clientHeight - rowHeight * 2;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top > this.node.scrollTop + view) this.node.scrollTop = top - view;
    this.#draw();
    this.#button(this.key(this.#items[index]))?.focus({ preventScroll: true });
  }
}
