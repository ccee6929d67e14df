// SPDX-License-Identifier: Apache-2.0
// Martlet: the backups of all database systems, for operators.

import { backupCards, backupState } from "./backups.js";
import { el } from "./dom.js";
import { read } from "./ops-api.js";
import { stateIcon } from "./states.js";
import { fullTime, timeElement } from "./time.js";

function system(each) {
  const [icon, word] = backupState(each.state);
  return el(
    "article",
    { class: "system", data: { system: each.system } },
    el(
      "div",
      { class: "section-head" },
      el("h3", { text: `Database system ${each.system}` }),
      el("span", { class: `state-cell state-${icon.toLowerCase()}` }, stateIcon(icon), el("span", { text: word })),
    ),
    el("div", { class: "backups" }, backupCards(each)),
    each.finding && el("p", { class: "notice backup-finding", text: `The last drill found: ${each.finding}` }),
    each.measured_at && el("p", { class: "quiet" }, "RPO and RTO were measured ", timeElement(each.measured_at, fullTime), "."),
  );
}

/** Shows the backups in `host`. */
export function backupsView(host) {
  const list = el("div");
  const none = el("p", { class: "empty", text: "The ledger knows of no backup: martlet-backup has not been set up, or does not reach it.", hidden: true });
  host.replaceChildren(el("div", { class: "section-head" }, el("h2", { text: "Backups" })), none, list);
  return {
    async refresh() {
      const { backups } = await read("/v1/backups");
      none.hidden = backups.length > 0;
      // The cards say how long ago things were.
      list.replaceChildren(...backups.map(system));
    },
  };
}
