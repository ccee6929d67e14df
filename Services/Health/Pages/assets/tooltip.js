// SPDX-License-Identifier: Apache-2.0
// Martlet: the one tooltip of the page, shared by everything that has a value under the pointer.

import { el } from "./dom.js";

const box = el("div", { class: "tooltip", id: "tooltip", "aria-hidden": "true", hidden: true });
let owner = null;
let offset = { x: 0, y: 0 };

function place(x, y) {
  const { width, height } = box.getBoundingClientRect();
  const left = Math.min(Math.max(8, x - width / 2), document.documentElement.clientWidth - width - 8);
  const above = y - height - 10;
  // Through the object model: an inline style attribute would not get past the page's content policy.
  box.style.transform = `translate(${Math.round(left)}px, ${Math.round(above < 8 ? y + 44 : above)}px)`;
}

/** Shows `content` (elements) above the point, given in coordinates of the window. */
export function showTooltip(by, content, x, y) {
  // A modal dialog lies above the rest of the page, so the box has to be inside it.
  const host = by.closest("dialog") ?? document.body;
  if (box.parentNode !== host) host.append(box);
  owner = by;
  const area = by.getBoundingClientRect();
  offset = { x: x - area.left, y: y - area.top };
  box.replaceChildren(...content);
  box.hidden = false;
  place(x, y);
}

/** Hides the tooltip if `by` is what it belongs to. */
export function hideTooltip(by) {
  if (by && by !== owner) return;
  box.hidden = true;
  owner = null;
}

addEventListener(
  "scroll",
  () => {
    // Moving the focus scrolls too; what the keyboard points at keeps its box, what the pointer left does not.
    if (!owner?.matches(":focus-visible")) return hideTooltip();
    const area = owner.getBoundingClientRect();
    place(area.left + offset.x, area.top + offset.y);
  },
  { passive: true, capture: true },
);
addEventListener("keydown", (event) => {
  if (event.key === "Escape") hideTooltip();
});
