import { Element, h } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { idLink } from "../lib/view.js";

const MOST = 100;

// From which shard to which, the largest first. Opening a pair asks for its ids (sw-open) and shows what it is given.
class Pairs extends Element {
  #kind = "";

  show(kind, pairs) {
    this.#kind = kind;
    const ordered = [...pairs].sort((a, b) => b.count - a.count || a.from - b.from || a.to - b.to);
    const rows = ordered.slice(0, MOST).map((pair) => this.#pair(pair));
    const rest = ordered.length - rows.length;
    if (rest > 0) rows.push(h("p", { class: "quiet" }, t("moves.more", { n: number(rest) })));
    this.replaceChildren(...rows);
  }

  #pair({ from, to, count }) {
    const ids = h("div", { class: "ids" });
    const name = h("summary", {}, t("pair", { from, to }), " ", h("b", {}, number(count)));
    const box = h("details", {}, name, ids);
    box.addEventListener("toggle", () => {
      if (!box.open || ids.childElementCount) return;
      this.#ask(ids, from, to, null);
    });
    return box;
  }

  #ask(into, from, to, cursor) {
    const give = (items, next) => {
      if (into.lastElementChild?.matches("button")) into.lastElementChild.remove();
      into.append(...items.map((one) => idLink(this.#kind, one.id)));
      if (next === null) return;
      const more = h("button", { type: "button", class: "plain", onclick: () => this.#ask(into, from, to, next) });
      more.append(t("more"));
      into.append(more);
    };
    const fail = (message) => into.append(h("p", { class: "refused" }, message));
    this.dispatchEvent(new CustomEvent("sw-open", { bubbles: true, detail: { from, to, cursor, give, fail } }));
  }
}

customElements.define("sw-pairs", Pairs);
