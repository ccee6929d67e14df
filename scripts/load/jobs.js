// SPDX-License-Identifier: Apache-2.0
// Martlet: what one of k6's users does: it submits a job, waits until it has ended, and looks how.

import http from "k6/http";
import { check } from "k6";
import { Counter } from "k6/metrics";

const url = __ENV.LOAD_URL;
const rate = Number(__ENV.LOAD_RATE);
const headers = { "Content-Type": "application/json" };
if (__ENV.MARTLET_API_KEY) headers.Authorization = `Bearer ${__ENV.MARTLET_API_KEY}`;

const lost = new Counter("jobs_not_completed");

export const options = {
  scenarios: {
    jobs: {
      executor: "constant-arrival-rate",
      rate: rate,
      timeUnit: "1s",
      duration: __ENV.LOAD_DURATION,
      preAllocatedVUs: Math.max(10, rate),
      maxVUs: rate * 30,
    },
  },
  thresholds: {
    "http_req_failed": ["rate<0.001"],
    "http_req_duration{name:submit}": ["p(95)<500"],
    "jobs_not_completed": ["count<1"],
    // A load that was never made proves nothing.
    "dropped_iterations": ["count<1"],
    "checks": ["rate>0.999"],
  },
};

export default function () {
  const body = JSON.stringify({ kind: "noop", queue: __ENV.LOAD_QUEUE, tags: ["load"] });
  const answer = http.post(`${url}/v1/jobs`, body, { headers: headers, tags: { name: "submit" } });
  if (!check(answer, { "accepted": (it) => it.status === 201 })) return;
  const ended = http.get(`${url}/v1/jobs/${answer.json("id")}/wait?timeout=30`, {
    headers: headers,
    tags: { name: "wait" },
    timeout: "40s",
  });
  const isCompleted = ended.status === 200 && ended.json("state") === "completed";
  check(ended, { "completed": () => isCompleted });
  lost.add(isCompleted ? 0 : 1);
}
