import en from "../i18n/en.js";
import zh from "../i18n/zh.js";

const texts = { en, zh };
const listeners = new Set();
const KEPT = "shardwright.language";

let language = kept() ?? (navigator.language.startsWith("zh") ? "zh" : "en");

function kept() {
  const value = localStorage.getItem(KEPT);
  return value in texts ? value : null;
}

export const languageChosen = () => language;

export function choose(name) {
  language = name;
  localStorage.setItem(KEPT, name);
  for (const listener of listeners) listener();
}

export const onLanguage = (listener) => listeners.add(listener);

export function t(key, values = {}) {
  return texts[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// Codes come from the server; one that is not known here is shown as it came.
export const code = (group, value) => texts[language][`${group}.${value}`] ?? value;
