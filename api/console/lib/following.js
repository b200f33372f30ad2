import { get, path, query } from "./api.js";

const FIRST = 500;
const AGAIN_MS = 2000;

// Reads the log of an instance by a cursor, again and again, as long as the signal does not end. No second stream.
export function followLog(kind, shard, { previous = false, take, fail, wanted }, signal) {
  let cursor = null;
  let timer = null;
  const turn = async () => {
    if (wanted() || cursor === null) {
      try {
        const found = await read(kind, shard, { previous, after: cursor }, signal);
        cursor = found.next ?? cursor;
        fail(null);
        take(found.items);
      } catch (failure) {
        if (signal.aborted) return;
        fail(failure);
      }
    }
    if (!previous && !signal.aborted) timer = setTimeout(turn, AGAIN_MS);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  turn();
}

const read = (kind, shard, { previous, after }, signal) => {
  const values = after === null ? { lines: FIRST } : { after };
  if (previous) values.previous = "true";
  return get(path`/v1/api/instances/${kind}/${shard}/logs` + query(values), { signal });
};
