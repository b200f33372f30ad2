import { Element, h, write } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { trouble } from "../lib/trouble.js";

const CHUNK = 200;
const ROWS = 50;

// A list of any length, of which a page stands in the document: there is no giant scroller.
//
// show({load(cursor, limit), row(item), empty, label}): `load` answers {items, next, total}; a page may be short, or
// empty, and yet have a next one; `next` null ends. Called again, it begins anew at the first page.
class List extends Element {
  #given = null;
  #items = [];
  #reads = [{ at: 0, cursor: null }];
  #at = 0;
  #total = null;
  #turn = 0;
  #nodes = null;

  show(given) {
    this.#given = given;
    this.#forget(0);
    this.#at = 0;
    this.#nodes ??= this.#draw();
    return this.#page();
  }

  // The page that is shown, asked for again.
  reload() {
    this.#forget(this.#at);
    return this.#page();
  }

  // What was read from the row `at` on is as if it had not been.
  #forget(at) {
    const isGone = (read) => read.at > at || read.cursor === undefined;
    while (this.#reads.length > 1 && isGone(this.#reads.at(-1))) this.#reads.pop();
    this.#items.length = this.#reads.at(-1).at;
  }

  async #page() {
    const turn = ++this.#turn;
    const { rows, said, trouble: place } = this.#nodes;
    try {
      while (this.#hasMore() && this.#items.length < this.#at + ROWS) {
        const { at, cursor } = this.#reads.at(-1);
        const { items, next, total } = await this.#given.load(cursor, CHUNK);
        if (turn !== this.#turn) return;
        this.#items.splice(at, Infinity, ...items);
        this.#reads.push({ at: this.#items.length, cursor: next ?? undefined });
        this.#total = total ?? this.#total;
      }
      const shown = this.#items.slice(this.#at, this.#at + ROWS);
      rows.replaceChildren(...shown.map(this.#given.row));
      write(said, this.#said(shown.length));
      place.replaceChildren();
    } catch (failure) {
      if (turn !== this.#turn) return;
      place.replaceChildren(trouble(failure, () => this.#page()));
    }
    this.#nodes.before.disabled = this.#at === 0;
    this.#nodes.after.disabled = this.#items.length <= this.#at + ROWS && !this.#hasMore();
    this.#nodes.turns.hidden = this.#nodes.before.disabled && this.#nodes.after.disabled;
  }

  // `undefined` stands for the end; null is the cursor of the first page.
  #hasMore() {
    return this.#reads.at(-1).cursor !== undefined;
  }

  #said(shown) {
    if (!shown) return this.#given.empty ?? "";
    const values = { from: number(this.#at + 1), to: number(this.#at + shown), total: number(this.#total) };
    return t(this.#total === null ? "list.range" : "list.range.of", values);
  }

  #step(by) {
    this.#at = Math.max(0, this.#at + by * ROWS);
    this.#page();
  }

  #draw() {
    const step = (by) => () => this.#step(by);
    const nodes = {
      trouble: h("div"),
      rows: h("ul", { class: "rows", "aria-label": this.#given.label }),
      said: h("span", { class: "quiet", "aria-live": "polite" }),
      before: h("button", { type: "button", class: "plain", disabled: true, onclick: step(-1) }, t("list.before")),
      after: h("button", { type: "button", class: "plain", disabled: true, onclick: step(1) }, t("list.after")),
    };
    nodes.turns = h("span", { class: "turns", hidden: true }, nodes.before, nodes.after);
    this.append(nodes.trouble, nodes.rows, h("div", { class: "foot" }, nodes.said, nodes.turns));
    return nodes;
  }
}

customElements.define("sw-list", List);
