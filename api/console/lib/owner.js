import { get, query } from "./api.js";

// Who owns ids, asked of every kind, since an id says nothing of its kind.
export const MOST = 100;
const AT_ONCE = 6;
const LEAST = 3;
const HITS = 20;

export async function ownersOf(id, options) {
  const { items } = await get(`/v1/api/resources${query({ id })}`, options);
  return items;
}

// Several ids, each with its owners: [{id, owners, failure}] in the order in which they were given.
export async function ownersOfAll(ids) {
  const found = ids.slice(0, MOST).map((id) => ({ id, owners: [], failure: null }));
  const left = [...found];
  const work = async () => {
    for (let one = left.shift(); one; one = left.shift()) {
      try {
        one.owners = await ownersOf(one.id);
      } catch (failure) {
        one.failure = failure;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

// What begins so, over all kinds: [{kind, id, shard, state}].
export async function beginning(text, options) {
  if (text.length < LEAST) return [];
  const { items } = await get(`/v1/api/search${query({ q: text, limit: HITS })}`, options);
  return items;
}

// "Thing/17", "iota-dac-17": a shard by its place or by the name of its instance.
export function shardNamed(text, kinds) {
  const found = /^(?:(.+)\/)?(\S*?)-?(\d{1,6})$/.exec(text);
  if (!found) return null;
  for (const kind of kinds) {
    const number = Number(found[3]);
    const isPlace = found[1] === kind.kind && found[2] === "";
    const isName = !found[1] && found[2] === kind.instanceName;
    if ((isPlace || isName) && kind.shards.some((shard) => shard.number === number)) return { kind: kind.kind, number };
  }
  return null;
}

