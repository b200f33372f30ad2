import { Element, h, keyed, mark, write } from "../lib/dom.js";
import { number, took } from "../lib/format.js";
import { t } from "../lib/i18n.js";

const MOST = 8;

// What is on its way between shards now, the largest first. show({inFlight, budget, items, slowestAck}).
class Moving extends Element {
  #nodes = null;

  show({ inFlight = null, budget = null, items, slowestAck = null }) {
    this.#nodes ??= this.#draw();
    const { head, list, rest } = this.#nodes;
    const total = items.reduce((sum, { releasing, acquiring }) => sum + releasing + acquiring, 0);
    mark(this, "hidden", total === 0);
    write(head, t("moving", { n: number(inFlight ?? total), budget: number(budget), slowest: took(slowestAck) }));
    const ordered = [...items].sort((a, b) => b.releasing + b.acquiring - a.releasing - a.acquiring);
    const shown = ordered.slice(0, MOST);
    keyed(list, shown, ({ from, to }) => `${from} ${to}`, () => h("li"), (row, { from, to, releasing, acquiring }) =>
      write(row, t("moving.pair", { from: from ?? "–", to: to ?? "–", releasing: number(releasing), acquiring: number(acquiring) })),
    );
    write(rest, ordered.length > shown.length ? t("moves.more", { n: number(ordered.length - shown.length) }) : "");
  }

  #draw() {
    const nodes = { head: h("b"), list: h("ul"), rest: h("span", { class: "quiet" }) };
    this.append(nodes.head, nodes.list, nodes.rest);
    return nodes;
  }
}

customElements.define("sw-moving", Moving);
