import { Element, h, keyed, mark } from "../lib/dom.js";

// One of a few, each a link. show(label, [{name, text, href}], chosen); the address is the state.
class Segments extends Element {
  #list = null;

  show(label, items, chosen) {
    this.#list ??= this.appendChild(h("nav", { class: "segments", "aria-label": label }));
    keyed(this.#list, items, ({ name }) => name, ({ text }) => h("a", {}, text), (link, { name, href }) => {
      mark(link, "href", href);
      mark(link, "aria-current", name === chosen ? "true" : null);
    });
  }
}

customElements.define("sw-segments", Segments);
