import { get } from "./api.js";

let asked = null;

// Pages of other programs, as the server is configured: [{name, url}]. None where it does not say; it is asked again.
export function links() {
  asked ??= get("/v1/api/links").then(
    ({ items }) => items,
    () => {
      asked = null;
      return [];
    },
  );
  return asked;
}

// The address with the values in it; null where one that it names is not known, or it names none and there are some.
export function filled(url, values) {
  const known = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const names = [...url.matchAll(/\{(kind|shard|instance|id)\}/g)].map(([, name]) => name);
  const given = Object.fromEntries(known);
  if (!/^https?:/.test(url) || (names.length ? names.some((name) => !(name in given)) : known.length)) return null;
  return url.replace(/\{(kind|shard|instance|id)\}/g, (_, name) => encodeURIComponent(given[name]));
}
