// SPDX-License-Identifier: Apache-2.0
// Martlet: the operators' view in the address, so that every view, filter and check can be linked to.

/** The view and its parameters: `#/checks?q=api&check=db` is `{view: "checks", params}`. */
export function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { view: path || "checks", params: new URLSearchParams(query ?? "") };
}

/** The address of the present view with some parameters set; `null` and `""` remove one. */
export function linkWith(changes) {
  const { view, params } = route();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") params.delete(name);
    else params.set(name, value);
  }
  const query = params.toString();
  return `#/${view}${query ? `?${query}` : ""}`;
}

/** Sets parameters without an entry in the history of the browser. */
export function setParams(changes) {
  const link = linkWith(changes);
  if (link === location.hash) return;
  history.replaceState(null, "", link);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Opens the drawer of a check over the present view. */
export const checkLink = (id) => linkWith({ check: id });
