// SPDX-License-Identifier: Apache-2.0
// Martlet: builds and updates elements; text only ever enters the page as text.

const svgSpace = "http://www.w3.org/2000/svg";

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (name === "data") for (const [key, entry] of Object.entries(value)) node.dataset[key] = entry;
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

/** An HTML element; `text` becomes its text, `on` its listeners, `data` its data attributes, the rest attributes. */
export const el = (tag, properties = {}, ...children) => fill(document.createElement(tag), properties, children);

/** An SVG element, filled like `el`. */
export const svg = (tag, properties = {}, ...children) =>
  fill(document.createElementNS(svgSpace, tag), properties, children);

/** Sets the text of an element if it differs, so that nothing is laid out again for nothing. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Makes the children of `parent` match `items` in order: keeps elements whose item did not change, rebuilds those whose
 * item did, and removes the rest. `make(item)` builds an element; `print(item)` is what tells a change.
 */
export function reconcile(parent, items, key, make, print = JSON.stringify) {
  const known = (parent.martletChildren ??= new Map());
  const wanted = new Map();
  let place = parent.firstElementChild;
  for (const item of items) {
    const id = String(key(item));
    const mark = print(item);
    let entry = known.get(id);
    if (!entry || entry.mark !== mark) {
      const node = make(item);
      if (entry) {
        if (place === entry.node) place = node;
        entry.node.replaceWith(node);
      }
      entry = { node, mark };
    }
    wanted.set(id, entry);
    if (entry.node === place) place = place.nextElementSibling;
    else parent.insertBefore(entry.node, place);
  }
  for (const [id, entry] of known) if (!wanted.has(id)) entry.node.remove();
  parent.martletChildren = wanted;
}

/** The address if it is one a visitor may safely follow (http, https, mailto), or nothing. */
export function safeLink(address) {
  if (typeof address !== "string" || address === "") return undefined;
  try {
    const url = new URL(address, location.origin);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Where the page of an incident is. */
export const incidentLink = (id) => `/incidents/${encodeURIComponent(id)}`;
