import { Element, h, write } from "../lib/dom.js";
import { labelled } from "../lib/form.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { failed } from "../lib/view.js";

const PAUSE_MS = 300;
const NAMES = ["maxInstances", "resourcePerInstance"];

// How large a kind is to be: two fields, and the server's sum of them. Says "sw-wish" once typing pauses.
class Sizing extends Element {
  #nodes = null;
  #timer = null;

  disconnected() {
    clearTimeout(this.#timer);
  }

  // What is empty keeps the value in force; what is no number goes to the server as it is, to be refused by name.
  get wish() {
    const values = (this.#nodes?.fields ?? []).map(({ value }) => {
      const text = value.trim();
      return text === "" ? null : /^\d{1,15}$/.test(text) ? Number(text) : text;
    });
    return { maxInstances: values[0] ?? null, resourcePerInstance: values[1] ?? null };
  }

  show(kind) {
    this.#nodes ??= this.#draw();
    NAMES.forEach((name, index) => {
      this.#nodes.fields[index].placeholder = String(kind[name]);
    });
  }

  // The server's answer to the wish: an outcome, or its refusal.
  answer(outcome, failure = null) {
    this.#nodes.said.replaceChildren(...(failure ? failed(failure) : [h("span", {}, sum(outcome))]));
    for (const field of this.#nodes.fields) field.setAttribute("aria-invalid", String(Boolean(failure)));
  }

  clear() {
    for (const field of this.#nodes.fields) field.value = "";
    write(this.#nodes.said, "");
  }

  #draw() {
    const soon = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.dispatchEvent(new Event("sw-wish", { bubbles: true })), PAUSE_MS);
    };
    const fields = NAMES.map((name) =>
      h("input", { inputmode: "numeric", autocomplete: "off", maxlength: 20, name, oninput: soon }),
    );
    const labels = fields.map((field, index) => labelled(t(`field.${NAMES[index]}`), field));
    const said = h("p", { class: "preview", "aria-live": "polite" });
    this.append(...labels, said);
    return { fields, said };
  }
}

// 412,300 // 4,500 + 1 = 92 shards, about 4,481 each
function sum(outcome) {
  const { count, resourcePerInstance: per, shards } = outcome;
  const each = shards.after ? Math.round(count / shards.after) : 0;
  const values = { count: number(count), per: number(per), n: number(shards.after), each: number(each) };
  return t(Math.floor(count / per) + 1 === shards.after ? "sizing.sum" : "sizing.other", values);
}

customElements.define("sw-sizing", Sizing);
