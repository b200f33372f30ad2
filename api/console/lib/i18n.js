// The texts of the language that was chosen; only that one is loaded.
const LANGUAGES = ["en", "zh"];
const KEPT = "shardwright.language";
const listeners = new Set();
const loaded = {};

let language = kept() ?? (navigator.language.startsWith("zh") ? "zh" : "en");
await load(language);

function kept() {
  const value = localStorage.getItem(KEPT);
  return LANGUAGES.includes(value) ? value : null;
}

async function load(name) {
  loaded[name] ??= (await import(`../i18n/${name}.js`)).default;
}

export const languageChosen = () => language;

export async function choose(name) {
  await load(name);
  language = name;
  localStorage.setItem(KEPT, name);
  for (const listener of listeners) listener();
}

export const onLanguage = (listener) => listeners.add(listener);

export function t(key, values = {}) {
  return (loaded[language][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// Codes come from the server; one that is not known here is shown as it came.
export const code = (group, value) => loaded[language][`${group}.${value}`] ?? value;
