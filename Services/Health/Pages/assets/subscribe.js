// SPDX-License-Identifier: Apache-2.0
// Martlet: the dialog that subscribes a visitor by e-mail or webhook, and names the feeds.

import { el } from "./dom.js";

const ways = {
  email: {
    name: "E-mail",
    type: "email",
    hint: "We send a link first; nothing else until you follow it.",
    sample: "you@example.com",
    complete: "email",
  },
  webhook: {
    name: "Webhook",
    type: "url",
    hint: "An https address that takes a POST with JSON. We send a confirmation to it first.",
    sample: "https://example.com/hook",
    complete: "url",
  },
};

/** What a problem document says, in one line. */
export async function problemText(answer) {
  try {
    const problem = await answer.json();
    const details = (problem.errors ?? []).map((error) => error.detail).filter(Boolean);
    return (
      [problem.detail ?? problem.title, ...details].filter(Boolean).join(" ") || `The server answered ${answer.status}.`
    );
  } catch {
    return `The server answered ${answer.status}.`;
  }
}

/** Fills the dialog for the ways that the server offers. */
export function fillSubscribe(dialog, offered) {
  const names = Object.keys(ways).filter((way) => offered?.[way]);
  if (dialog.dataset.offered === names.join()) return;
  dialog.dataset.offered = names.join();
  const form = dialog.querySelector("form");
  form.hidden = names.length === 0;
  const choice = dialog.querySelector(".subscribe-ways");
  choice.hidden = names.length < 2;
  const field = dialog.querySelector("#subscribe-address");
  const caption = dialog.querySelector("label[for=subscribe-address]");
  const hint = dialog.querySelector("#subscribe-hint");
  const outcome = dialog.querySelector(".outcome");
  let chosen = names[0];

  const choose = (way) => {
    chosen = way;
    field.type = ways[way].type;
    field.autocomplete = ways[way].complete;
    field.placeholder = ways[way].sample;
    field.value = "";
    field.removeAttribute("aria-invalid");
    caption.textContent = `${ways[way].name} address`;
    hint.textContent = ways[way].hint;
    outcome.textContent = "";
  };

  choice.replaceChildren(
    el("legend", { class: "only-readers", text: "How to be told" }),
    ...names.map((way, index) =>
      el(
        "label",
        { class: "segment" },
        el("input", {
          type: "radio",
          name: "way",
          value: way,
          checked: index === 0,
          on: { change: () => choose(way) },
        }),
        el("span", { text: ways[way].name }),
      ),
    ),
  );
  if (chosen) choose(chosen);

  const say = (text, bad) => {
    outcome.textContent = text;
    outcome.classList.toggle("bad", bad);
    field.toggleAttribute("aria-invalid", bad);
    if (bad) field.setAttribute("aria-invalid", "true");
  };

  form.onsubmit = async (event) => {
    event.preventDefault();
    const address = field.value.trim();
    if (!field.checkValidity() || address === "" || (chosen === "webhook" && !address.startsWith("https://"))) {
      say(
        chosen === "email"
          ? "Enter an e-mail address such as you@example.com."
          : "Enter an address that starts with https://.",
        true,
      );
      return field.focus();
    }
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    try {
      const answer = await fetch("/subscriptions", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ [chosen]: address }),
        signal: AbortSignal.timeout(15_000),
      });
      if (answer.ok) {
        const { secret, token } = await answer.json().catch(() => ({}));
        const once = `Shown only this once: signing key ${secret}, token to unsubscribe ${token}`;
        say(secret ? `A challenge is sent to ${address}. ${once}` : `A confirmation was sent to ${address}.`, false);
        field.value = "";
      } else say(await problemText(answer), true);
    } catch {
      say("The server does not answer. Try again in a moment.", true);
    } finally {
      button.disabled = false;
    }
  };
}
