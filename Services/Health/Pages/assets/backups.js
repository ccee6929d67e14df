// SPDX-License-Identifier: Apache-2.0
// Martlet: the last backup, the last restore drill, and what a recovery would cost.

import { el } from "./dom.js";
import { stateIcon } from "./states.js";
import { ago, duration, seconds, utc } from "./time.js";

// What a newer server may add is not known to be well.
const shown = { in_order: ["UP", "In order"], late: ["DEGRADED", "Late"], failed: ["DOWN", "Failed"] };
const shownOf = (state) => shown[state] ?? ["UNKNOWN", "Unknown"];

/** The state of the five whose icon and colour a state of backups takes, and its word. */
export const backupState = shownOf;

function card(id, title, state, value, note) {
  const [icon, word] = shownOf(state);
  return el(
    "article",
    { class: `card backup state-${icon.toLowerCase()}`, data: { backup: id } },
    el("h3", { text: title }),
    el("p", { class: "backup-value" }, value),
    el("p", { class: "backup-state" }, stateIcon(icon), el("span", { text: word })),
    note && el("p", { class: "quiet", text: note }),
  );
}

const event = (id, title, each) =>
  card(id, title, each.state, each.at ? el("time", { datetime: each.at, title: utc(each.at), text: ago(each.at) }) : "None yet");

/** A length of time as JSON has it (`PT1H30M`), in words; below ten seconds to a tenth. */
function length(iso) {
  const value = seconds(iso);
  return value < 10 ? `${Math.round(value * 10) / 10} s` : duration(value);
}

const figure = (id, title, each) =>
  each &&
  card(id, title, each.state, length(each.measured), each.objective && `at most ${length(each.objective)} allowed`);

/** The cards of one system's backups. */
export const backupCards = (backups) =>
  [
    event("last_backup", "Last backup", backups.last_backup),
    event("last_drill", "Last restore drill", backups.last_drill),
    figure("rpo", "What would be lost (RPO)", backups.rpo),
    figure("rto", "How long a recovery takes (RTO)", backups.rto),
  ].filter(Boolean);
