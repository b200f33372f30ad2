import { Element, h, mark, write } from "../lib/dom.js";
import "./sw-recipe.js";

// A control that is never hidden: where it may not be used it says why. show({label, may: {ok, why}, tone, recipe,
// busy}) with tone primary, danger or plain; "sw-act" when it was pressed.
class Action extends Element {
  #nodes = null;
  #ok = false;

  show({ label, may = { ok: true, why: "" }, tone = "plain", recipe = null, busy = false }) {
    this.#nodes ??= this.#draw();
    const { button, why } = this.#nodes;
    this.#ok = may.ok && !busy;
    write(button, label);
    button.className = tone;
    // It keeps its place in the order of focus, so that its reason can be read.
    mark(button, "aria-disabled", this.#ok ? null : "true");
    mark(button, "aria-busy", busy ? "true" : null);
    mark(button, "title", may.ok ? null : may.why);
    write(why, may.ok ? "" : may.why);
    if (recipe) {
      this.#nodes.recipe ??= this.appendChild(document.createElement("sw-recipe"));
      this.#nodes.recipe.show(recipe);
    }
  }

  get button() {
    return this.#nodes.button;
  }

  #draw() {
    const press = () => this.#ok && this.dispatchEvent(new Event("sw-act", { bubbles: true }));
    const why = h("span", { class: "why", id: `why-${crypto.getRandomValues(new Uint32Array(1))[0]}` });
    const nodes = { button: h("button", { type: "button", onclick: press, "aria-describedby": why.id }), why, recipe: null };
    this.append(nodes.button, why);
    return nodes;
  }
}

customElements.define("sw-action", Action);
