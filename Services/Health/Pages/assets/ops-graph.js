// SPDX-License-Identifier: Apache-2.0
// Martlet: the graph of dependencies, with the root cause of trouble picked out.

import { el, setText, svg } from "./dom.js";
import { layers, rootCauses } from "./ops-layers.js";
import { checkLink } from "./ops-route.js";
import { known, stateGlyph, stateWord } from "./states.js";

const [nodeWidth, nodeHeight, gapX, gapY, edge] = [196, 44, 84, 18, 16];
// More nodes than this cannot be read; then only those in trouble and their neighbours are drawn.
const readable = 300;

const cut = (text, most = 17) => ([...text].length > most ? `${[...text].slice(0, most - 1).join("")}…` : text);

/** The checks to draw: those with a dependency, or only those that are not up and what is next to them. */
function graphChecks(checks, onlyTrouble) {
  const used = new Set(checks.flatMap((check) => check.depends_on ?? []));
  const linked = checks.filter((check) => (check.depends_on?.length ?? 0) > 0 || used.has(check.id));
  if (!onlyTrouble) return linked;
  const bad = new Set(linked.filter((check) => check.status !== "UP").map((check) => check.id));
  const near = new Set(bad);
  for (const check of linked)
    for (const id of check.depends_on ?? []) if (bad.has(check.id) || bad.has(id)) near.add(check.id).add(id);
  return linked.filter((check) => near.has(check.id));
}

function draw(checks) {
  const rows = layers(checks);
  const byId = new Map(checks.map((check) => [check.id, check]));
  const roots = rootCauses(checks);
  const tallest = Math.max(...rows.map((row) => row.length));
  const high = tallest * (nodeHeight + gapY) - gapY + edge * 2;
  const wide = rows.length * (nodeWidth + gapX) - gapX + edge * 2;
  const at = new Map(
    rows.flatMap((row, column) => {
      const first = (high - (row.length * (nodeHeight + gapY) - gapY)) / 2;
      return row.map((id, index) => [
        id,
        { x: edge + column * (nodeWidth + gapX), y: first + index * (nodeHeight + gapY) },
      ]);
    }),
  );
  const lines = checks.flatMap((check) =>
    (check.depends_on ?? [])
      .filter((id) => at.has(id))
      .map((id) => {
        const [from, to] = [at.get(id), at.get(check.id)];
        const [x1, y1, x2, y2] = [from.x + nodeWidth, from.y + nodeHeight / 2, to.x, to.y + nodeHeight / 2];
        const bend = Math.max(30, (x2 - x1) / 2);
        const hot = byId.get(id).status === "DOWN" && check.status === "DOWN";
        return svg("path", {
          class: `edge${hot ? " edge-hot" : ""}`,
          d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`,
        });
      }),
  );
  const nodes = checks.map((check) => {
    const { x, y } = at.get(check.id);
    const root = roots.has(check.id);
    const words = `${check.name}: ${stateWord(check.status)}${root ? ", root cause" : ""}${check.suppressed_by ? ", suppressed" : ""}`;
    return svg(
      "a",
      {
        href: checkLink(check.id),
        "aria-label": words,
        class: `node state-${known(check.status).toLowerCase()}${root ? " node-root" : ""}${check.suppressed_by ? " node-suppressed" : ""}`,
        transform: `translate(${x} ${y})`,
        data: { check: check.id },
      },
      svg("title", { text: words }),
      svg("rect", { width: nodeWidth, height: nodeHeight, rx: 10 }),
      stateGlyph(check.status, 11, 13, 18),
      svg("text", { x: 38, y: root || check.suppressed_by ? 19 : 27, text: cut(check.name) }),
      (root || check.suppressed_by) &&
        svg("text", { class: "node-note", x: 38, y: 34, text: root ? "Root cause" : "Suppressed" }),
    );
  });
  return svg(
    "svg",
    {
      class: "graph",
      viewBox: `0 0 ${wide} ${high}`,
      width: wide,
      height: high,
      role: "group",
      "aria-label": "Dependencies",
    },
    lines,
    nodes,
  );
}

/** Shows the graph in `host`. */
export function graphView(host) {
  let checks = [];
  let print = "";
  const only = el("input", { type: "checkbox", on: { change: () => show() } });
  const note = el("p", { class: "quiet", role: "status" });
  const box = el("div", {
    class: "graph-box card",
    tabindex: "0",
    role: "region",
    "aria-label": "Graph of dependencies",
  });
  host.replaceChildren(
    el(
      "div",
      { class: "section-head" },
      el("h2", { text: "Dependencies" }),
      el("label", { class: "tick" }, only, " Only trouble and what is next to it"),
    ),
    note,
    box,
  );
  function show() {
    const all = graphChecks(checks, false);
    const crowded = all.length > readable;
    const shown = graphChecks(checks, only.checked || crowded).slice(0, readable);
    const mark = JSON.stringify(
      shown.map((check) => [check.id, check.name, check.status, check.depends_on, check.suppressed_by]),
    );
    const alone = checks.length - all.length;
    setText(
      note,
      [
        "What is depended on stands on the left, what depends on it to the right.",
        crowded &&
          `${all.length} checks depend on others, too many to read; shown are those in trouble and their neighbours.`,
        alone > 0 &&
          `${alone} ${alone === 1 ? "check has" : "checks have"} no dependencies and ${alone === 1 ? "is" : "are"} not drawn.`,
      ]
        .filter(Boolean)
        .join(" "),
    );
    if (mark === print) return;
    print = mark;
    box.replaceChildren(
      shown.length > 0
        ? draw(shown)
        : el("p", { class: "empty", text: all.length > 0 ? "Nothing is in trouble." : "No check depends on another." }),
    );
  }
  return {
    onChecks(list) {
      checks = list;
      show();
    },
  };
}
