// Puts what the stream tells into the overview that was read. Each verb answers whether it could.
//
// Ages come as seconds at the moment of the answer: `heard` (of performance.now) stands beside them.
export class Patch {
  #state;

  constructor(state) {
    this.#state = state;
  }

  whole(overview) {
    const heard = performance.now();
    for (const kind of overview.kinds) {
      kind.heard = heard;
      for (const shard of kind.shards) shard.heard = heard;
    }
    for (const one of overview.dependencies) one.heard = heard;
    this.#state.overview = overview;
  }

  // One kind without its shards, or several as items.
  summary(data) {
    const rows = data.items ?? data.kinds ?? (data.kind ? [data] : []);
    return rows.length > 0 && rows.every((row) => this.#merge(row));
  }

  // The changed rows of a kind; `gone`: numbers of shards that are no more.
  shards(data) {
    const kind = this.#state.kind(data.kind);
    const rows = data.items ?? data.shards;
    if (!kind || !rows) return false;
    const heard = performance.now();
    const byNumber = new Map(kind.shards.map((shard) => [shard.number, shard]));
    for (const row of rows) byNumber.set(row.number, { ...byNumber.get(row.number), ...row, heard });
    for (const number of data.gone ?? data.removed ?? []) byNumber.delete(number);
    kind.shards = [...byNumber.values()].sort((a, b) => a.number - b.number);
    return true;
  }

  deps(data) {
    const rows = data.items ?? data.dependencies;
    if (!rows) return false;
    const heard = performance.now();
    this.#state.overview.dependencies = rows.map((row) => ({ ...row, heard }));
    return true;
  }

  #merge(row) {
    const kind = this.#state.kind(row.kind);
    if (!kind) return false;
    // Which ids have no owner, and why, comes with the whole only.
    const isSame = kind.counts.unowned === row.counts.unowned && kind.counts.quarantined === row.counts.quarantined;
    Object.assign(kind, row, { heard: performance.now() });
    return isSame;
  }
}

// Seconds that something is old now, which was `seconds` old when it was heard.
export const grown = (seconds, heard) =>
  seconds === null || seconds === undefined ? null : seconds + (performance.now() - heard) / 1000;
