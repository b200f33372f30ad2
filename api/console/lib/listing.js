import { h } from "./dom.js";
import { idLink, shardLink, status, ago } from "./view.js";

// How a resource of a list looks; the words are those of the counts of a kind.
export const SHAPES = {
  owned: "ok",
  arriving: "moving",
  moving: "moving",
  deleting: "draining",
  held: "held",
  unowned: "lost",
  quarantined: "held",
};
export const STATES = Object.keys(SHAPES);

export const row = (kind) => (one) =>
  h(
    "li",
    { class: "resource", data: { state: one.state } },
    idLink(kind, one.id),
    status(SHAPES[one.state] ?? "unknown", one.state, "place"),
    h("span", {}, ...place(kind, one)),
    one.since === null ? null : h("span", { class: "quiet" }, ago(one.since)),
  );

function place(kind, { shard, to }) {
  const from = shard === null ? ["–"] : [shardLink(kind, shard)];
  return to === null ? from : [...from, " → ", shardLink(kind, to)];
}
