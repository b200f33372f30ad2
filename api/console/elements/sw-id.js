import { h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { toast } from "./sw-toast.js";

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const shown = (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;

// An id as it is: text, isolated from its surroundings, control and direction marks written out, to be copied whole.
// show(id, {href, copy}).
class Id extends HTMLElement {
  #shown = null;

  show(id, { href = null, copy = true } = {}) {
    const key = JSON.stringify([id, href]);
    if (key === this.#shown) return;
    this.#shown = key;
    const text = String(id);
    const inner = h("bdi", { class: "id" }, ...marked(text));
    this.title = text;
    const button = h(
      "button",
      { type: "button", class: "bare copy", title: t("copy"), "aria-label": t("copy"), onclick: () => take(text) },
      "⧉",
    );
    this.replaceChildren(href ? h("a", { href }, inner) : inner, ...(copy ? [button] : []));
  }
}

function marked(text) {
  const parts = [];
  let from = 0;
  for (const { 0: one, index } of text.matchAll(CONTROL)) {
    parts.push(text.slice(from, index), h("span", { class: "control" }, shown(one)));
    from = index + 1;
  }
  return [...parts, text.slice(from)];
}

export async function take(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    toast(t("copied.not"));
  }
}

customElements.define("sw-id", Id);
