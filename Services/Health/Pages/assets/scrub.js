// SPDX-License-Identifier: Apache-2.0
// Martlet: makes a row of values readable one by one, with the pointer, a finger or the keyboard.

import { hideTooltip, showTooltip } from "./tooltip.js";

/**
 * Turns `node` into a slider over `count()` values.
 *
 * `place(index)` gives the middle of a value as a share of the width, `describe(index)` returns `{text, content}` (for
 * screen readers and for the tooltip), `mark(index)` shows which value is meant (-1: none) and `open(index)`, if given,
 * follows a value. Arrow keys, Page Up and Down (a week), Home and End move.
 */
export function scrub(node, { label, count, indexAt, place, describe, mark, open }) {
  let current = -1;
  node.setAttribute("tabindex", "0");
  node.setAttribute("role", "slider");
  node.setAttribute("aria-label", label);
  node.setAttribute("aria-readonly", "true");
  node.setAttribute("aria-valuemin", "1");

  const tell = (index) => {
    node.setAttribute("aria-valuemax", String(count()));
    node.setAttribute("aria-valuenow", String(index + 1));
    node.setAttribute("aria-valuetext", describe(index).text);
  };

  const show = (index) => {
    if (index < 0 || index >= count()) return clear();
    current = index;
    const area = node.getBoundingClientRect();
    mark(index);
    showTooltip(node, describe(index).content, area.left + place(index) * area.width, area.top);
  };

  const clear = () => {
    mark(-1);
    hideTooltip(node);
  };

  const steps = {
    ArrowLeft: -1,
    ArrowDown: -1,
    ArrowRight: 1,
    ArrowUp: 1,
    PageUp: 7,
    PageDown: -7,
    Home: -1e9,
    End: 1e9,
  };
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && current >= 0) return open?.(current);
    const step = steps[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const from = current < 0 ? count() - 1 : current;
    const next = Math.min(count() - 1, Math.max(0, from + step));
    tell(next);
    show(next);
  });
  node.addEventListener("focus", () => {
    if (!node.matches(":focus-visible")) return;
    if (current < 0 || current >= count()) current = count() - 1;
    tell(current);
    show(current);
  });
  node.addEventListener("blur", clear);
  node.addEventListener("pointermove", (event) => {
    const area = node.getBoundingClientRect();
    show(indexAt((event.clientX - area.left) / area.width));
  });
  node.addEventListener("pointerleave", (event) => {
    // A finger that is lifted leaves too; what it showed stays until it touches something else.
    if (event.pointerType === "mouse") clear();
  });
  node.addEventListener("click", () => {
    if (open && current >= 0) open(current);
  });
  tell(Math.max(0, count() - 1));
}
