// SPDX-License-Identifier: Apache-2.0
// Martlet: who is notified, how the last delivery went, and a test for each.

import { el, reconcile } from "./dom.js";
import { path, read, send } from "./ops-api.js";
import { act } from "./ops-forms.js";
import { stateIcon } from "./states.js";
import { timeElement } from "./time.js";

const jobStates = {
  completed: ["UP", "Delivered"],
  retryable: ["DEGRADED", "Will be tried again"],
  discarded: ["DOWN", "Given up"],
  cancelled: ["UNKNOWN", "Cancelled"],
  available: ["MAINTENANCE", "Waiting"],
  scheduled: ["MAINTENANCE", "Waiting"],
  executing: ["MAINTENANCE", "Under way"],
};

const delivery = (each) => {
  const [state, words] = Object.hasOwn(jobStates, each.state) ? jobStates[each.state] : ["UNKNOWN", each.state];
  return el(
    "div",
    { class: "delivery" },
    el("span", { class: `state-cell state-${state.toLowerCase()}` }, stateIcon(state), el("span", { text: words })),
    el("span", { class: "quiet" }, `${each.event} `, timeElement(each.at)),
    each.error && el("p", { class: "mono quiet", text: each.error }),
  );
};

function card(receiver) {
  const test = el("button", {
    type: "button",
    class: "button small",
    text: "Send a test",
    "aria-label": `Send a test to ${receiver.name}`,
    on: {
      click: () =>
        act(test, `A test is on its way to ${receiver.name}.`, () =>
          send("POST", path("receivers", receiver.name, "test")),
        ),
    },
  });
  const deliveries = receiver.deliveries ?? [receiver.last].filter(Boolean);
  return el(
    "article",
    { class: "card receiver", data: { receiver: receiver.name } },
    el(
      "div",
      { class: "past-head" },
      el("h3", { text: receiver.name }),
      el("span", { class: "label", text: receiver.kind }),
      test,
    ),
    deliveries.length > 0
      ? deliveries.slice(0, 10).map(delivery)
      : el("p", { class: "quiet", text: "Nothing has been sent yet." }),
  );
}

/** Shows the receivers in `host`. */
export function receiversView(host) {
  const cards = el("div", { class: "cards cards-side" });
  const none = el("p", { class: "empty", text: "No receivers are configured: nobody is notified.", hidden: true });
  host.replaceChildren(el("div", { class: "section-head" }, el("h2", { text: "Notifications" })), none, cards);
  return {
    async refresh() {
      const { receivers } = await read("/v1/receivers");
      none.hidden = receivers.length > 0;
      reconcile(cards, receivers, (receiver) => receiver.name, card);
    },
  };
}
