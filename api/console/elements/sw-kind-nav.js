import { h, mark } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { page } from "../lib/router.js";

const PLACES = [
  ["map", (kind) => page`/kinds/${kind}`],
  ["resources", (kind) => page`/kinds/${kind}/resources`],
  ["plans", (kind) => page`/kinds/${kind}/plans`],
  ["coverage", (kind) => page`/kinds/${kind}/coverage`],
  ["size", (kind) => page`/kinds/${kind}/size`],
];

// The pages of one kind. show(kind, "map" | "resources" | "plans" | "coverage" | "size").
class KindNav extends HTMLElement {
  #shown = null;

  show(kind, here) {
    if (this.#shown !== kind) {
      this.#shown = kind;
      const links = PLACES.map(([name, url]) => h("a", { href: url(kind), data: { name } }, t(`nav.${name}`)));
      this.replaceChildren(h("nav", { "aria-label": kind, class: "tabs" }, ...links));
    }
    for (const link of this.querySelectorAll("a")) mark(link, "aria-current", link.dataset.name === here ? "page" : null);
  }
}

customElements.define("sw-kind-nav", KindNav);
