import { get, path, query, Refusal } from "./api.js";

// Why an id is where it is. A browser resolves "." and ".." in any path, so that of these only the owner and the history
// can be asked for.
export function explained(kind, id) {
  if (id !== "." && id !== "..") return get(path`/v1/api/kinds/${kind}/resources/${id}/explain`);
  return outlined(kind, id);
}

async function outlined(kind, id) {
  const [owners, lines] = await Promise.all([
    get(`/v1/api/resources${query({ id })}`),
    get(`/v1/api/events${query({ kind, id, limit: 20 })}`),
  ]);
  const resource = owners.items.find((one) => one.kind === kind);
  if (!resource) throw new Refusal(404, { detail: "" }, null);
  return {
    resource,
    shards: [],
    waits: [],
    history: lines.items,
    historyTrouble: "",
    unservedS: null,
    unservedWhy: "",
  };
}
