// What a shard looks like: its trouble first, else what moves.
const SEEN = {
  starting: "starting",
  late: "late",
  lost: "lost",
  draining: "draining",
  backoff: "late",
  none: "unknown",
  unknown: "unknown",
};

export function look(shard) {
  if (shard.health !== "ok") return { shape: SEEN[shard.health] ?? "unknown", word: shard.health };
  if (shard.state === "draining") return { shape: "draining", word: "draining" };
  if (shard.releasing || shard.arriving) return { shape: "moving", word: "moving" };
  return { shape: "ok", word: "ok" };
}
