// SPDX-License-Identifier: Apache-2.0
// Martlet: writes times in the viewer's zone, and lengths of time in words.

import { el } from "./dom.js";

// One locale for all visitors: the page is in English, and en-GB dates cannot be misread as month first.
const locale = "en-GB";
const format = (options) => new Intl.DateTimeFormat(locale, options);
const clock = format({ hour: "2-digit", minute: "2-digit" });
const clockSeconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayClock = format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const full = format({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
const dayOnly = format({ weekday: "short", day: "numeric", month: "long", year: "numeric" });
const weekday = format({ weekday: "short", day: "numeric", month: "short" });
const utcDay = format({ weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const shortDay = format({ day: "numeric", month: "short" });

/** The name of the viewer's time zone, such as `Europe/Berlin`. */
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";

/** `2026-11-24 15:41:00 UTC`. */
export const utc = (iso) => {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? String(iso) : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
};

/** A time, as short as it can be: the clock today, day and clock this year, else all of it. */
export function short(iso, now = new Date()) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return String(iso);
  if (date.toDateString() === now.toDateString()) return clock.format(date);
  return (date.getFullYear() === now.getFullYear() ? dayClock : full).format(date);
}

export const clockTime = (iso) => clockSeconds.format(new Date(iso));
export const fullTime = (iso) => full.format(new Date(iso));
export const longDay = (iso) => dayOnly.format(new Date(iso));
export const daySpan = (first, last) => `${weekday.format(first)} – ${weekday.format(last)}`;
export const chartTick = (date, span) =>
  (span <= 36 * 3600e3 ? clock : span <= 5 * 86400e3 ? dayClock : shortDay).format(date);

/** A `<time>` in the viewer's zone whose title says it in UTC; nothing if there is no time. */
export function timeElement(iso, write = short) {
  if (!iso) return undefined;
  return el("time", { datetime: iso, title: utc(iso), text: write(iso) });
}

/** A day of the bars (a UTC day), `offset` days after `from` (`2026-08-27`). */
export function barDay(from, offset) {
  const date = new Date(Date.parse(`${from}T00:00:00Z`) + offset * 86400e3);
  return { key: date.toISOString().slice(0, 10), label: utcDay.format(date) };
}

/** A length in words with at most two units: `27 min`, `1 h 3 min`, `2 d 4 h`. */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  const units = [
    ["d", 86400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ];
  const first = units.findIndex(([, size]) => s >= size);
  const [name, size] = units[first];
  const head = Math.floor(s / size);
  const [nextName, nextSize] = units[first + 1];
  const tail = Math.floor((s % size) / nextSize);
  // Seconds after minutes say nothing to a reader once there are ten minutes of them.
  return tail === 0 || (name === "min" && head >= 10) ? `${head} ${name}` : `${head} ${name} ${tail} ${nextName}`;
}

/** The seconds of an ISO 8601 length such as `PT1H30M` or `P1DT0.5S`; NaN for what is none. */
export function seconds(iso) {
  const parts = /^P(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/.exec(iso);
  if (!parts) return Number.NaN;
  const [d, h, m, s] = parts.slice(1).map((part) => Number(part ?? 0));
  return ((d * 24 + h) * 60 + m) * 60 + s;
}

/** How long ago a time was: `just now`, `12 s ago`, `3 h 2 min ago`. */
export function ago(iso, now = Date.now()) {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (Number.isNaN(seconds)) return "at an unknown time";
  if (seconds < 2) return "just now";
  return `${duration(seconds)} ago`;
}

/** Seconds between two times; the second may be missing (now). */
export const between = (start, end) => ((end ? Date.parse(end) : Date.now()) - Date.parse(start)) / 1000;

/** A share as a percentage that never rounds up to 100: `99.98%`, or a dash if there is no data. */
export function percent(share, digits = 2) {
  if (share === null || share === undefined) return "–";
  const scale = 10 ** digits;
  const value = share >= 1 ? 100 : Math.floor(share * 100 * scale) / scale;
  return `${value === 100 ? "100" : value.toFixed(digits)}%`;
}
