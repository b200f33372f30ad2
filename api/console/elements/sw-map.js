import { Element, h, keyed } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { meanLoad } from "../lib/lens.js";
import "./sw-arcs.js";
import "./sw-cell.js";

// The shards of a kind in the order of their numbers; only what changed is redrawn. show(shards, {lens, moves}).
// One stop for the tabulator: arrows, Home and End move within.
class ShardMap extends Element {
  #nodes = null;
  #order = [];

  show(shards, { lens = "load", moves = [] } = {}) {
    this.#nodes ??= this.#draw();
    const { grid, arcs, none } = this.#nodes;
    none.hidden = shards.length > 0;
    const mean = meanLoad(shards);
    const ordered = [...shards].sort((a, b) => a.number - b.number);
    keyed(grid, ordered, (shard) => shard.number, () => document.createElement("sw-cell"), (cell, shard) => {
      cell.show(shard, { lens, mean });
    });
    this.#order = ordered.map((shard) => shard.number);
    if (this.#order.length && !grid.querySelector('a[tabindex="0"]')) this.#cell(this.#order[0])?.link.setAttribute("tabindex", "0");
    arcs.show(moves, (number) => this.#cell(number));
  }

  #cell(number) {
    return this.#nodes.grid.keyed.get(number);
  }

  #draw() {
    const nodes = {
      grid: h("div", { class: "grid", role: "list", "aria-label": t("map") }),
      arcs: document.createElement("sw-arcs"),
      none: h("p", { class: "quiet", hidden: true }, t("map.empty")),
    };
    nodes.grid.addEventListener("keydown", (event) => this.#key(event));
    nodes.grid.addEventListener("focusin", ({ target }) => {
      for (const link of nodes.grid.querySelectorAll('a[tabindex="0"]')) link.setAttribute("tabindex", "-1");
      target.closest("a")?.setAttribute("tabindex", "0");
    });
    this.append(nodes.grid, nodes.arcs, nodes.none);
    return nodes;
  }

  #key(event) {
    const cells = [...this.#nodes.grid.children];
    const at = cells.indexOf(event.target.closest("sw-cell"));
    const columns = getComputedStyle(this.#nodes.grid).gridTemplateColumns.split(" ").length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -at, End: cells.length - 1 - at };
    if (!(event.key in steps) || at < 0) return;
    event.preventDefault();
    cells[at + steps[event.key]]?.link.focus();
  }
}

customElements.define("sw-map", ShardMap);
