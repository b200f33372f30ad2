import { el, write } from "../lib/dom.js";
import { number, roughAge } from "../lib/format.js";
import { look } from "../lib/health.js";
import { code, t } from "../lib/i18n.js";
import "./sw-bar.js";
import "./sw-status.js";

// One shard: quiet when well, with a border and a word when not.
class Cell extends HTMLElement {
  #nodes = null;

  show(shard, elapsed) {
    this.#nodes ??= this.#draw();
    const { status, name, incarnation, bar, used, capacity, note, beat } = this.#nodes;
    const { shape, word } = look(shard);
    const beatAge = shard.beatAge === null ? null : shard.beatAge + elapsed;
    const over = shard.used - shard.count;
    this.dataset.state = shape;
    status.show(shape, word);
    write(name, String(shard.number));
    write(incarnation, `#${shard.incarnation}`);
    bar.show(shard);
    write(used, number(shard.used));
    write(capacity, over > 0 ? ` +${number(over)}` : `/${number(shard.count)}`);
    write(note, code("health", word));
    write(beat, roughAge(beatAge));
    const said = t("cell.name", {
      n: shard.number,
      state: code("health", word),
      used: number(shard.used),
      count: number(shard.count),
      age: roughAge(beatAge),
    });
    this.setAttribute("aria-label", said);
    this.title = shard.detail ? `${shard.name}\n${said}\n${shard.detail}` : `${shard.name}\n${said}`;
  }

  #draw() {
    const nodes = {
      status: document.createElement("sw-status"),
      name: el("b", { class: "number" }),
      incarnation: el("span", { class: "quiet incarnation" }),
      bar: document.createElement("sw-bar"),
      used: el("span"),
      capacity: el("span", { class: "capacity" }),
      note: el("span", { class: "note", "aria-hidden": "true" }),
      beat: el("span", { class: "quiet" }),
    };
    this.setAttribute("role", "listitem");
    this.append(
      el("div", { class: "row" }, nodes.name, nodes.status, nodes.incarnation),
      nodes.bar,
      el("div", { class: "row load" }, el("span", {}, nodes.used, nodes.capacity), nodes.note, nodes.beat),
    );
    return nodes;
  }
}

customElements.define("sw-cell", Cell);
