import { h, mark, write } from "../lib/dom.js";
import { look } from "../lib/health.js";
import { code, t } from "../lib/i18n.js";
import { seen } from "../lib/lens.js";
import { number, roughAge } from "../lib/format.js";
import { grown } from "../lib/patch.js";
import { page } from "../lib/router.js";
import "./sw-bar.js";
import "./sw-status.js";

// One shard, a link to its page: quiet when well, with a border and a word when not. show(shard, {lens, mean}).
class Cell extends HTMLElement {
  #nodes = null;
  #shown = [];

  show(shard, { lens = "load", mean = null } = {}) {
    this.#nodes ??= this.#draw(shard);
    const { status, incarnation, bar, figure, rest, note, beat } = this.#nodes;
    write(beat, lens === "beat" ? "" : roughAge(grown(shard.beatAge, shard.heard)));
    // A row that is the same object is as it was drawn, but for its age.
    const shown = [shard, lens, lens === "balance" ? mean : null];
    if (lens !== "beat" && shown.every((one, index) => one === this.#shown[index])) return;
    this.#shown = shown;
    const { shape, word } = look(shard);
    const { figures, limit, bar: drawn, isBad } = seen(lens, shard, mean);
    mark(this, "data-state", shape);
    mark(this, "data-bad", isBad);
    status.show(shape, word);
    write(incarnation, `#${shard.incarnation}`);
    bar.show(drawn);
    write(figure, figures);
    write(rest, limit);
    write(note, code("health", word));
    this.#name();
  }

  // In words, with the age of the beat as it is when the row changes or somebody comes to the cell.
  #name() {
    const { link } = this.#nodes;
    const [one] = this.#shown;
    const values = { n: one.number, state: code("health", look(one).word), used: number(one.used), count: number(one.count) };
    const said = t("cell.name", { ...values, age: roughAge(grown(one.beatAge, one.heard)) });
    mark(link, "aria-label", said);
    mark(link, "title", [one.name, said, one.detail].filter(Boolean).join("\n"));
  }

  get link() {
    return this.#nodes.link;
  }

  #draw(shard) {
    const nodes = {
      status: document.createElement("sw-status"),
      incarnation: h("span", { class: "quiet incarnation" }),
      bar: document.createElement("sw-bar"),
      figure: h("span"),
      rest: h("span", { class: "capacity" }),
      note: h("span", { class: "note" }),
      beat: h("span", { class: "quiet beat" }),
    };
    nodes.link = h(
      "a",
      { href: page`/kinds/${shard.kind}/shards/${shard.number}`, tabindex: "-1" },
      h("span", { class: "row" }, h("b", { class: "number" }, String(shard.number)), nodes.status, nodes.incarnation),
      nodes.bar,
      h("span", { class: "row load" }, h("span", {}, nodes.figure, nodes.rest), nodes.note, nodes.beat),
    );
    for (const event of ["focus", "pointerenter"]) nodes.link.addEventListener(event, () => this.#name());
    this.setAttribute("role", "listitem");
    this.append(nodes.link);
    return nodes;
  }
}

customElements.define("sw-cell", Cell);
