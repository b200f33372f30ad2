import { get, path } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { number, percent } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { keepReading } from "../lib/reading.js";
import { facts, kindHead, loading, said, shardLink, status, trouble } from "../lib/view.js";
import "../elements/sw-recipe.js";
import "../elements/sw-table.js";

const AGAIN_MS = 5000;
const MOST = 200;
const SHAPES = { grow: "moving", shrink: "moving", hold: "ok", unknown: "unknown" };

// How many shards a kind has, and how many its count and its load ask for.
class PageSize extends Element {
  #nodes = null;

  connected(signal) {
    const { kind } = this.params;
    const url = path`/v1/api/kinds/${kind}/sizing`;
    const table = () => document.createElement("sw-table");
    this.#nodes = { whole: h("div", {}, loading(6)), facts: h("div"), dimensions: table(), shards: table(), rest: h("p", { class: "quiet" }) };
    const { whole } = this.#nodes;
    this.append(
      kindHead(kind, "size", [[t("nav.size")]], { title: `${t("nav.size")} · ${kind}` }),
      h("sw-recipe", { show: [{ path: url, cli: `shardwright sizing ${kind}` }] }),
      whole,
    );
    const fail = (failure) => whole.replaceChildren(trouble(failure, () => again()));
    const again = keepReading({ read: () => get(url), show: (found) => this.#show(found), fail, every: AGAIN_MS }, signal);
  }

  #show(found) {
    const nodes = this.#nodes;
    const { shards, wanted, ceiling } = found;
    const ignored = Object.entries(found.ignored).map(([name, many]) => `${name} ${number(many)}`);
    nodes.facts.replaceChildren(
      facts([
        [t("size.advice"), status(SHAPES[found.advice] ?? "unknown", found.advice, "advice")],
        [t("size.shards"), shards === wanted ? number(shards) : `${number(shards)} → ${number(wanted)}`],
        [t("size.why"), said(found.why)],
        [t("size.waits"), found.waits ? said(found.waits) : null],
        [t("size.mode"), code("elastic", found.mode)],
        [t("size.saves"), found.saves ? `${number(-found.saves)}${borne(found.saving)}` : null],
        [t("size.by-count"), t("size.of-most", { n: number(found.byCount), most: number(found.maxInstances) })],
        [t("size.ceiling"), t("size.bounds", { n: number(ceiling.instances), each: number(ceiling.resources) })],
        [t("size.trouble"), found.trouble ? said(found.trouble) : null],
        [t("size.ignored"), ignored.join(", ")],
      ]),
    );
    const names = found.dimensions.map(({ name }) => name);
    const named = (node, caption, rows, columns, keyOf) => node.show({ columns, rows, keyOf, empty: t("size.no-load"), caption });
    named(nodes.dimensions, t("size.load"), found.dimensions, dimensionColumns(), ({ name }) => name);
    const rows = names.length ? [...found.items].sort(hottest(names)) : [];
    named(nodes.shards, t("size.by-shard"), rows.slice(0, MOST), shardColumns(found.kind, names), ({ shard }) => shard);
    nodes.rest.textContent = rows.length > MOST ? t("instances.more", { n: number(rows.length - MOST) }) : "";
    if (nodes.facts.isConnected) return;
    const card = (title, ...children) => h("section", { class: "card" }, h("h2", {}, title), ...children);
    nodes.whole.replaceChildren(
      h("section", { class: "card" }, nodes.facts),
      card(t("size.load"), nodes.dimensions),
      card(t("size.by-shard"), nodes.shards, nodes.rest),
    );
  }
}

const borne = (saving) => Object.entries(saving).map(([name, size]) => `, ${name} ${number(-size)}`).join("");
const most = (one, names) => Math.max(-1, ...names.map((name) => one.utilisation[name] ?? -1));
const hottest = (names) => (a, b) => most(b, names) - most(a, names) || a.shard - b.shard;

const dimensionColumns = () => [
  { key: "name", label: t("size.dimension"), cell: ({ name }) => name },
  { key: "load", label: t("size.now"), isNumber: true, cell: ({ load, known }) => (known ? number(load) : "–") },
  { key: "used", label: t("size.used"), isNumber: true, cell: ({ utilisation, known }) => percent(known ? utilisation : null) },
  { key: "target", label: t("size.target"), isNumber: true, cell: ({ target }) => percent(target) },
  { key: "highest", label: t("size.highest"), isNumber: true, cell: ({ highest }) => percent(highest) },
  {
    key: "known",
    label: t("size.known"),
    isNumber: true,
    cell: ({ known, unknown }) => `${number(known)} / ${number(known + unknown.length)}`,
  },
];

const shardColumns = (kind, names) => [
  { key: "shard", label: t("why.shard"), cell: ({ shard }) => shardLink(kind, shard) },
  ...names.map((name) => ({
    key: `load-${name}`,
    label: name,
    isNumber: true,
    cell: ({ load, utilisation }) => (name in load ? `${number(load[name])} (${percent(utilisation[name])})` : "–"),
  })),
];

customElements.define("sw-page-size", PageSize);
