import { Element, h } from "../lib/dom.js";
import { labelled } from "../lib/form.js";
import { t } from "../lib/i18n.js";

const PAUSE_MS = 300;

// The fields that narrow a list. show({fields: [{name, label, options: [[value, text]], type, placeholder}], values});
// "sw-filter" with detail {name: value} some moments after the last key. The page keeps them in its URL.
class Filter extends Element {
  #inputs = new Map();
  #timer = null;

  show({ fields, values }) {
    if (!this.#inputs.size) this.#draw(fields);
    for (const [name, input] of this.#inputs) {
      const value = values[name] ?? "";
      if (input !== document.activeElement && input.value !== value) input.value = value;
    }
  }

  focusFirst() {
    this.#inputs.values().next().value?.focus();
  }

  #draw(fields) {
    const tell = (pause) => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#tell(), pause);
    };
    for (const { name, label, options, type = "search", placeholder } of fields) {
      const input = options
        ? h("select", { name, onchange: () => tell(0) }, h("option", { value: "" }, t("filter.any")), ...options.map(option))
        : h("input", { type, name, placeholder, autocomplete: "off", spellcheck: "false", oninput: () => tell(PAUSE_MS) });
      this.#inputs.set(name, input);
      this.append(labelled(label, input));
    }
    this.setAttribute("role", "search");
  }

  #tell() {
    const detail = Object.fromEntries([...this.#inputs].map(([name, input]) => [name, input.value.trim()]));
    this.dispatchEvent(new CustomEvent("sw-filter", { detail, bubbles: true }));
  }
}

const option = ([value, text]) => h("option", { value }, text);

customElements.define("sw-filter", Filter);
