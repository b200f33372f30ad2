import { el } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";

const MOST = 12;

// From which shard to which, and how many: the largest first.
class Moves extends HTMLElement {
  show(pairs) {
    const ordered = [...pairs].sort((a, b) => b.count - a.count);
    const rows = ordered
      .slice(0, MOST)
      .map(({ from, to, count }) => el("li", {}, `${from} → ${to}: `, el("b", {}, number(count))));
    const rest = ordered.length - rows.length;
    if (rest > 0) rows.push(el("li", { class: "quiet" }, t("moves.more", { n: number(rest) })));
    this.replaceChildren(...(rows.length ? [el("ul", {}, ...rows)] : []));
  }
}

customElements.define("sw-moves", Moves);
