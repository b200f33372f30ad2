import { Element, h, keyed, mark } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { filled, links } from "../lib/links.js";

// The way out to dashboards and logs that are about the same. show({kind, shard, instance, id}): what is known.
class Links extends Element {
  #turn = 0;

  async show(values) {
    const turn = ++this.#turn;
    const found = (await links()).map(({ name, url }) => ({ name, url: filled(url, values) })).filter(({ url }) => url);
    if (turn !== this.#turn) return;
    this.hidden = !found.length;
    mark(this, "role", "navigation");
    mark(this, "aria-label", t("links"));
    const make = () => h("a", { target: "_blank", rel: "noopener noreferrer" });
    keyed(this, found, ({ name }) => name, make, (link, { name, url }) => {
      mark(link, "href", url);
      link.textContent = `${name} ↗`;
    });
  }
}

customElements.define("sw-links", Links);
