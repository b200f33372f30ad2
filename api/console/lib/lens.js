import { number, percent, roughAge } from "./format.js";
import { grown } from "./patch.js";

// What a cell of the map shows of its shard: load, balance, beat or generation.
export const LENSES = ["load", "balance", "beat", "generation"];

const BEAT_S = 30;
const OFF_BALANCE = 0.1;

// {figures, limit, bar, isBad}: the figure, what stands behind it, the bar, and whether it is out of bounds.
export function seen(lens, shard, mean) {
  if (lens === "balance") return balance(shard, mean);
  if (lens === "beat") return beat(shard);
  if (lens === "generation") return generation(shard);
  const over = shard.used - shard.count;
  return {
    figures: number(shard.used),
    limit: over > 0 ? ` +${number(over)}` : `/${number(shard.count)}`,
    bar: { ...shard, target: null },
    isBad: over > 0,
  };
}

// How far from the mean of the active shards; the bar is full at half as much again.
function balance(shard, mean) {
  const off = mean ? shard.used / mean - 1 : null;
  return {
    figures: off === null ? "–" : `${off > 0 ? "+" : ""}${percent(off)}`,
    limit: "",
    bar: { used: shard.used, count: 1.5 * (mean || 1), target: mean },
    isBad: off !== null && Math.abs(off) > OFF_BALANCE,
  };
}

function beat(shard) {
  const age = grown(shard.beatAge, shard.heard);
  return { figures: roughAge(age), limit: "", bar: { used: Math.min(age ?? 0, BEAT_S), count: BEAT_S }, isBad: age === null };
}

// How many changes of its assignment the instance has not said yes to.
function generation(shard) {
  const lag = shard.acknowledged === null ? null : shard.generation - shard.acknowledged;
  return {
    figures: `${number(shard.acknowledged)}/${number(shard.generation)}`,
    limit: lag ? ` −${number(lag)}` : "",
    bar: { used: lag === null ? 0 : Math.min(lag, 10), count: 10 },
    isBad: lag !== 0,
  };
}

// The mean load of those that take part.
export function meanLoad(shards) {
  const active = shards.filter((shard) => shard.state === "active");
  return active.length ? active.reduce((sum, shard) => sum + shard.used, 0) / active.length : null;
}
