import { get, path, query } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { age, number } from "../lib/format.js";
import { look } from "../lib/health.js";
import { t } from "../lib/i18n.js";
import { row } from "../lib/listing.js";
import { keepReading } from "../lib/reading.js";
import { ago, facts, instanceLink, kindHead, loading, said, shardLink, trouble } from "../lib/view.js";
import "../elements/sw-bar.js";
import "../elements/sw-history.js";
import "../elements/sw-list.js";

const AGAIN_MS = 3000;
const LINES = 20;

// One shard: its load, what leaves it and what comes, its instance, its ids a page at a time, what happened to it.
class PageShard extends Element {
  #nodes = null;

  connected(signal) {
    this.append(this.#head(), loading(5));
    const show = ([shard, lines]) => {
      this.#nodes ??= this.#draw();
      this.#show(shard);
      if (lines) this.#nodes.history.show(lines);
    };
    const fail = (failure) =>
      this.#nodes ??
      this.replaceChildren(
        this.#head(),
        trouble(failure, () => again()),
      );
    const again = keepReading({ read: () => this.#read(), show, fail, every: AGAIN_MS }, signal);
  }

  #head() {
    const { kind, shard } = this.params;
    return kindHead(kind, null, [[`${kind}/${shard}`]], { title: `${kind}/${shard}`, links: { shard } });
  }

  // The history is a remark: without it the rest is shown.
  #read() {
    const { kind, shard } = this.params;
    const lines = get(`/v1/api/events${query({ kind, shard, limit: LINES })}`);
    return Promise.all([
      get(path`/v1/api/kinds/${kind}/shards/${shard}`),
      lines.then(
        ({ items }) => items,
        () => null,
      ),
    ]);
  }

  #show(one) {
    const { kind } = this.params;
    const { shape, word } = look(one);
    this.#nodes.state.show(shape, word);
    this.#nodes.bar.show(one);
    const over = one.used - one.count;
    this.#nodes.facts.replaceChildren(
      facts([
        [t("shard.load"), `${number(one.used)} / ${number(one.count)}${over > 0 ? ` (+${number(over)})` : ""}`],
        [
          t("shard.moving"),
          one.releasing || one.arriving
            ? t("shard.moving.both", { out: number(one.releasing), in: number(one.arriving) })
            : null,
        ],
        [t("shard.wait"), one.oldestWait === null ? null : age(one.oldestWait)],
        [
          t("shard.instance"),
          h(
            "span",
            {},
            instanceLink(kind, one.number, `${one.name} #${one.incarnation}`),
            " ",
            t(`phase.${one.instance}`),
          ),
        ],
        [t("shard.beat"), one.beatAge === null ? "–" : age(one.beatAge)],
        [t("shard.since"), one.since === null ? null : ago(one.since)],
        [t("shard.generation"), `${number(one.generation)} / ${number(one.acknowledged)}`],
        [
          t("shard.labels"),
          Object.entries(one.labels)
            .map(([name, value]) => `${name}=${value}`)
            .join(", "),
        ],
        [
          t("shard.bounds"),
          Object.entries(one.bounds)
            .map(([name, value]) => `${name} ${number(value)}`)
            .join(", "),
        ],
        [t("shard.detail"), one.detail && said(one.detail)],
      ]),
    );
    const out = (one.movesOut ?? []).map(({ to, count }) =>
      h("li", {}, "→ ", shardLink(kind, to), `: ${number(count)}`),
    );
    const come = (one.movesIn ?? []).map(({ from, count }) =>
      h("li", {}, "← ", shardLink(kind, from), `: ${number(count)}`),
    );
    this.#nodes.moves.replaceChildren(
      ...(out.length || come.length ? [...out, ...come] : [h("li", { class: "quiet" }, t("shard.still"))]),
    );
  }

  #draw() {
    const { kind, shard } = this.params;
    const nodes = {
      state: document.createElement("sw-status"),
      bar: document.createElement("sw-bar"),
      facts: h("div"),
      moves: h("ul", { class: "moves" }),
      history: document.createElement("sw-history"),
      list: document.createElement("sw-list"),
    };
    const base = path`/v1/api/kinds/${kind}/resources`;
    const card = (title, ...children) => h("section", { class: "card" }, h("h2", {}, title), ...children);
    this.replaceChildren(
      this.#head(),
      h("div", { class: "heading" }, nodes.state),
      h(
        "div",
        { class: "halves" },
        h("section", { class: "card" }, nodes.bar, nodes.facts),
        card(t("shard.moves"), nodes.moves),
      ),
      card(t("shard.ids"), nodes.list),
      card(t("history"), nodes.history),
    );
    nodes.list.show({
      load: (cursor, limit) => get(base + query({ shard, cursor, limit })),
      row: row(kind),
      empty: t("shard.empty"),
      label: t("shard.ids"),
    });
    return nodes;
  }
}

customElements.define("sw-page-shard", PageShard);
