import { h } from "../lib/dom.js";

// The way from the overview to this page, which is its title. show([{text, href}, ..., {text}]): the last is the page.
class Crumbs extends HTMLElement {
  #shown = "";

  show(steps, { title = null } = {}) {
    const key = JSON.stringify(steps);
    if (key === this.#shown) return;
    this.#shown = key;
    const last = steps.at(-1).text;
    document.title = `${title ?? last} · Shardwright`;
    const way = steps.slice(0, -1).map(({ text, href }) => h("li", {}, h("a", { href }, h("bdi", {}, text))));
    this.replaceChildren(
      h("nav", { "aria-label": "breadcrumb" }, h("ol", {}, ...way)),
      h("h1", {}, h("bdi", {}, last)),
    );
  }
}

customElements.define("sw-crumbs", Crumbs);
