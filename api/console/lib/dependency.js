import { code, languageChosen } from "./i18n.js";

// What stops while something we lean on is away: in English as the server says it, else in our words for it.
export function effectOf({ name, effect }) {
  const group = name.split(" ")[0];
  const known = code("dep.stops", group);
  return languageChosen() === "en" || known === group ? effect : `${known}${code("dep.goes-on", group)}`;
}
