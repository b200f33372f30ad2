import { Element, svg } from "../lib/dom.js";

const MOST = 20;
const still = matchMedia("(prefers-reduced-motion: reduce)");

// Where the ids of the shard go that is pointed at or has the focus, and where its ids come from: arcs over the map,
// the largest first. show(pairs, cellOf), pairs as the moves of a kind are told.
class Arcs extends Element {
  #pairs = [];
  #cellOf = null;
  #number = null;
  #picture = null;

  connected(signal) {
    const grid = this.parentElement;
    const look = ({ target }) => this.#look(target.closest?.("sw-cell"));
    for (const name of ["pointerover", "focusin"]) grid.addEventListener(name, look, { signal });
    for (const name of ["pointerleave", "focusout"]) grid.addEventListener(name, () => this.#look(null), { signal });
    this.#picture = this.appendChild(svg("svg", { "aria-hidden": "true" }));
  }

  show(pairs, cellOf) {
    this.#pairs = pairs;
    this.#cellOf = cellOf;
    if (this.#number !== null) this.#draw();
  }

  #look(cell) {
    this.#number = cell ? Number(cell.querySelector(".number").textContent) : null;
    this.#draw();
  }

  #draw() {
    const own = this.#pairs.filter(({ from, to }) => from === this.#number || to === this.#number);
    const shown = still.matches || this.#number === null ? [] : own.sort((a, b) => weight(b) - weight(a)).slice(0, MOST);
    const box = this.getBoundingClientRect();
    this.#picture.replaceChildren(...shown.flatMap((pair) => this.#arc(pair, box)));
  }

  #arc({ from, to }, box) {
    const [source, target] = [this.#cellOf(from), this.#cellOf(to)];
    if (!source || !target) return [];
    const [a, b] = [source, target].map((cell) => {
      const { left, top, width, height } = cell.getBoundingClientRect();
      return [left + width / 2 - box.left, top + height / 2 - box.top];
    });
    const lift = 16 + Math.hypot(b[0] - a[0], b[1] - a[1]) / 5;
    const bend = `Q${(a[0] + b[0]) / 2} ${Math.min(a[1], b[1]) - lift}`;
    return [svg("path", { d: `M${a}${bend} ${b}` }), svg("circle", { cx: b[0], cy: b[1], r: 3 })];
  }
}

const weight = ({ releasing = 0, acquiring = 0, count = 0 }) => releasing + acquiring + count;

customElements.define("sw-arcs", Arcs);
