// SPDX-License-Identifier: Apache-2.0
// Martlet: talks to the operators' API, with the key of this tab if the server wants one.

import { problemText } from "./subscribe.js";

const keyName = "martlet.key";
const answerWithin = 15_000;

/** The key of this tab; it is gone when the tab closes. */
export const key = {
  get: () => sessionStorage.getItem(keyName),
  set: (value) => sessionStorage.setItem(keyName, value),
  forget: () => sessionStorage.removeItem(keyName),
};

/** Like `fetch`, with the key; a 401 raises `martlet:key` on the window. */
export async function request(address, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  const held = key.get();
  if (held) headers.Authorization = `Bearer ${held}`;
  const answer = await fetch(address, { signal: AbortSignal.timeout(answerWithin), ...options, headers });
  if (answer.status === 401) dispatchEvent(new CustomEvent("martlet:key", { detail: { refused: held !== null } }));
  return answer;
}

/** The JSON at an address; throws an error with the server's words. */
export async function read(address) {
  const answer = await request(address);
  if (!answer.ok) throw Object.assign(new Error(await problemText(answer)), { status: answer.status });
  return answer.json();
}

/** The text at an address. */
export async function readText(address) {
  const answer = await request(address, { headers: { Accept: "text/markdown" } });
  if (!answer.ok) throw new Error(await problemText(answer));
  return answer.text();
}

/** Sends JSON; throws an error with the server's words if it is not taken. */
export async function send(method, address, body) {
  const options = { method };
  if (body !== undefined)
    Object.assign(options, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await request(address, options);
  if (!answer.ok) throw Object.assign(new Error(await problemText(answer)), { status: answer.status });
}

/** The path of something with an id. */
export const path = (...parts) => `/v1/${parts.map(encodeURIComponent).join("/")}`;
