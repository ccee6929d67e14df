// SPDX-License-Identifier: Apache-2.0
// Martlet: places a graph of dependencies in layers, from what is depended on to what depends.

const sweeps = 6;

/**
 * Layers of ids for checks with `depends_on`: each check stands to the right of all it depends on.
 *
 * Cycles are cut where they are first met. Within a layer, checks stand near the middle of their neighbours, so that
 * few lines cross.
 */
export function layers(checks) {
  const byId = new Map(checks.map((check) => [check.id, check]));
  const needs = (id) => (byId.get(id)?.depends_on ?? []).filter((other) => byId.has(other) && other !== id);
  const depth = new Map();
  for (const { id: root } of checks) {
    // A stack of its own rather than recursion: a chain may be as long as there are checks.
    const stack = [[root, 0]];
    const onPath = new Set();
    while (stack.length > 0) {
      const top = stack.at(-1);
      const [id, position] = top;
      const others = needs(id);
      if (depth.has(id)) stack.pop();
      else if (position < others.length) {
        onPath.add(id);
        top[1] += 1;
        const next = others[position];
        if (!depth.has(next) && !onPath.has(next)) stack.push([next, 0]);
      } else {
        depth.set(id, 1 + Math.max(-1, ...others.map((other) => depth.get(other) ?? -1)));
        onPath.delete(id);
        stack.pop();
      }
    }
  }
  const rows = [];
  for (const { id } of checks) (rows[depth.get(id)] ??= []).push(id);
  const users = new Map(checks.map((check) => [check.id, []]));
  for (const { id } of checks) for (const other of needs(id)) users.get(other).push(id);
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const place = new Map(rows.flatMap((row) => row.map((id, index) => [id, (index + 0.5) / row.length])));
    const forward = sweep % 2 === 0;
    for (const row of forward ? rows : [...rows].reverse()) {
      const middle = new Map(
        row.map((id) => {
          const near = (forward ? needs(id) : users.get(id)).map((other) => place.get(other));
          return [id, near.length > 0 ? near.reduce((sum, each) => sum + each, 0) / near.length : place.get(id)];
        }),
      );
      row.sort((a, b) => middle.get(a) - middle.get(b));
      row.forEach((id, index) => place.set(id, (index + 0.5) / row.length));
    }
  }
  return rows;
}

/** The checks that are down without anything they depend on being down: where trouble begins. */
export function rootCauses(checks) {
  const byId = new Map(checks.map((check) => [check.id, check]));
  return new Set(
    checks
      .filter(
        (check) =>
          check.status === "DOWN" &&
          !check.suppressed_by &&
          !(check.depends_on ?? []).some((id) => byId.get(id)?.status === "DOWN"),
      )
      .map((check) => check.id),
  );
}
