import { t } from "./i18n.js";

export const number = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en-US"));

// Seconds as people say them; unknown is a dash, never 0.
export function age(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const whole = Math.max(0, seconds);
  if (whole < 9.95) return t("unit.s", { n: whole.toFixed(1) });
  if (whole < 60) return t("unit.s", { n: Math.round(whole) });
  if (whole < 3600) return pair(whole, 60, "unit.min", "unit.s", 1);
  if (whole < 86_400) return pair(whole, 3600, "unit.h", "unit.min", 60);
  return pair(whole, 86_400, "unit.d", "unit.h", 3600);
}

// Ages beside many others: whole seconds, since tenths of a hundred shards are noise.
export const roughAge = (seconds) =>
  seconds === null || seconds === undefined ? "–" : seconds < 60 ? t("unit.s", { n: Math.round(seconds) }) : age(seconds);

function pair(seconds, large, largeUnit, smallUnit, small) {
  const rest = Math.floor((seconds % large) / small);
  const first = t(largeUnit, { n: Math.floor(seconds / large) });
  return rest ? `${first} ${t(smallUnit, { n: rest })}` : first;
}

export const clock = (at) => new Date(at * 1000).toLocaleTimeString("en-GB", { hour12: false });

export const since = (at) =>
  at === null || at === undefined
    ? "–"
    : new Date(at * 1000).toLocaleString("sv-SE", {
        timeZoneName: "shortOffset",
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
      });

export const signed = (value) => (value > 0 ? `+${number(value)}` : number(value));
