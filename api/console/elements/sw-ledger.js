import { h, write } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";

const PLACES = ["owned", "arriving", "moving", "held", "unowned", "quarantined"];

// Where the ids of a kind stand: the parts and their sum, out of one answer, so that it adds up in every frame.
class Ledger extends HTMLElement {
  #nodes = null;

  show(counts) {
    this.#nodes ??= this.#draw();
    const total = counts.catalog === null ? null : counts.catalog + counts.held;
    write(this.#nodes.total, number(total));
    const all = Math.max(1, PLACES.reduce((sum, place) => sum + counts[place], 0));
    for (const place of PLACES) {
      const { part, value, share } = this.#nodes.places[place];
      write(value, number(counts[place]));
      part.classList.toggle("none", counts[place] === 0);
      share.style.flexGrow = String(counts[place] / all);
      share.hidden = counts[place] === 0;
    }
  }

  #draw() {
    const places = {};
    for (const place of PLACES) {
      const value = h("b");
      places[place] = {
        value,
        part: h("span", { class: ["part", place] }, value, ` ${t(`place.${place}`)}`),
        share: h("i", { class: place, hidden: true }),
      };
    }
    const nodes = { total: h("b"), places };
    const all = Object.values(places);
    this.append(
      h("div", { class: "shares", "aria-hidden": "true" }, ...all.map(({ share }) => share)),
      h("div", { class: "sum" }, h("span", { class: "part" }, nodes.total, " ="), ...all.map(({ part }) => part)),
    );
    return nodes;
  }
}

customElements.define("sw-ledger", Ledger);
