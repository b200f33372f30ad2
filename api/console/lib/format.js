import { t } from "./i18n.js";

export const DASH = "–";
const isUnknown = (value) => value === null || value === undefined || Number.isNaN(value);

export const number = (value) => (isUnknown(value) ? DASH : Number(value).toLocaleString("en-US"));
export const signed = (value) => (value > 0 ? `+${number(value)}` : number(value));
export const percent = (share) => (isUnknown(share) ? DASH : `${(100 * share).toFixed(1)}%`);

// Seconds as people say them; unknown is a dash, never 0.
export function age(seconds) {
  if (isUnknown(seconds)) return DASH;
  const whole = Math.max(0, seconds);
  if (whole < 9.95) return t("unit.s", { n: whole.toFixed(1) });
  if (whole < 59.5) return t("unit.s", { n: Math.round(whole) });
  if (whole < 3600) return pair(whole, 60, "unit.min", "unit.s", 1);
  if (whole < 86_400) return pair(whole, 3600, "unit.h", "unit.min", 60);
  return pair(whole, 86_400, "unit.d", "unit.h", 3600);
}

// Ages beside many others: whole seconds, since tenths of a hundred shards are noise.
export const roughAge = (seconds) =>
  !isUnknown(seconds) && seconds < 59.5 ? t("unit.s", { n: Math.max(0, Math.round(seconds)) }) : age(seconds);

// How long something took: milliseconds below a second.
export const took = (seconds) =>
  isUnknown(seconds) || seconds >= 0.9995 ? age(seconds) : t("unit.ms", { n: (1000 * seconds).toPrecision(seconds < 0.01 ? 1 : 2) * 1 });

function pair(seconds, large, largeUnit, smallUnit, small) {
  const rest = Math.floor((seconds % large) / small);
  const first = t(largeUnit, { n: Math.floor(seconds / large) });
  return rest ? `${first} ${t(smallUnit, { n: rest })}` : first;
}

// One switch for all times of the console, kept in the browser.
const KEPT = "shardwright.utc";
const zone = () => (isUtc() ? "UTC" : undefined);

export const isUtc = () => localStorage.getItem(KEPT) === "1";
export const chooseUtc = (wanted) => localStorage.setItem(KEPT, wanted ? "1" : "0");

// "UTC" or "UTC+8": which clock the times are told by.
export function offset(at = Date.now() / 1000) {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone(), timeZoneName: "shortOffset" }).formatToParts(at * 1000);
  return parts.find(({ type }) => type === "timeZoneName").value.replace("GMT", "UTC");
}

export const clock = (at) =>
  isUnknown(at) ? DASH : new Date(at * 1000).toLocaleTimeString("en-GB", { hour12: false, timeZone: zone() });

// Day, time and offset: 2026-11-21 14:02:11 UTC+8.
export function since(at) {
  if (isUnknown(at)) return DASH;
  const date = new Date(at * 1000).toLocaleDateString("sv-SE", { timeZone: zone() });
  return `${date} ${clock(at)} ${offset(at)}`;
}

export const iso = (at) => (isUnknown(at) ? "" : new Date(at * 1000).toISOString());

// Seconds of the epoch as a field for date and time has them, by the clock that times are told by; and back.
export function field(seconds) {
  if (!/^\d{1,11}$/.test(seconds)) return "";
  const at = new Date(seconds * 1000);
  const shifted = new Date(at.getTime() - (isUtc() ? 0 : at.getTimezoneOffset() * 60_000));
  return shifted.toISOString().slice(0, 16);
}

export function epoch(text) {
  const at = text ? Date.parse(isUtc() ? `${text}Z` : text) : NaN;
  return Number.isNaN(at) || at < 0 ? "" : String(Math.floor(at / 1000));
}
