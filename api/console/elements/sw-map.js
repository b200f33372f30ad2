import { el } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import "./sw-cell.js";

// The shards of a kind in the order of their numbers; only what changed is redrawn.
class ShardMap extends HTMLElement {
  #cells = new Map();

  show(shards, elapsed) {
    this.setAttribute("role", "list");
    if (!shards.length) {
      this.#cells.clear();
      this.replaceChildren(el("p", { class: "quiet" }, t("map.empty")));
      return;
    }
    if (!this.#cells.size) this.replaceChildren();
    const wanted = new Set(shards.map((shard) => shard.number));
    for (const [number, cell] of this.#cells) {
      if (!wanted.has(number)) {
        cell.remove();
        this.#cells.delete(number);
      }
    }
    let before = null;
    for (const shard of [...shards].sort((a, b) => a.number - b.number)) {
      const cell = this.#cells.get(shard.number) ?? this.#add(shard.number, before);
      cell.show(shard, elapsed);
      before = cell;
    }
  }

  #add(number, before) {
    const cell = document.createElement("sw-cell");
    if (before) before.after(cell);
    else this.prepend(cell);
    this.#cells.set(number, cell);
    return cell;
  }
}

customElements.define("sw-map", ShardMap);
