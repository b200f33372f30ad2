import { Element, h, write } from "../lib/dom.js";
import { number, roughAge } from "../lib/format.js";
import { look } from "../lib/health.js";
import { t } from "../lib/i18n.js";
import { grown } from "../lib/patch.js";
import { page } from "../lib/router.js";
import "./sw-bar.js";
import "./sw-status.js";
import "./sw-table.js";

const TROUBLE = ["lost", "unknown", "late", "draining", "starting", "moving", "ok"];

const beat = (shard) => grown(shard.beatAge, shard.heard);
const BY = {
  number: (shard) => shard.number,
  state: (shard) => TROUBLE.indexOf(look(shard).shape),
  load: (shard) => shard.used / Math.max(1, shard.count),
  used: (shard) => shard.used,
  moving: (shard) => shard.releasing + shard.arriving,
  generation: (shard) => shard.generation - (shard.acknowledged ?? 0),
  beat: (shard) => beat(shard) ?? Infinity,
  instance: (shard) => shard.incarnation,
};

// The shards of a kind as a table. show(shards, sort): sort is the key of a column, or "-" and it.
class Shards extends Element {
  show(shards, sort) {
    const table = (this.table ??= this.appendChild(document.createElement("sw-table")));
    const by = BY[sort.replace(/^-/, "")] ?? BY.number;
    const turn = sort.startsWith("-") ? -1 : 1;
    const rows = [...shards].sort((a, b) => turn * (by(a) - by(b)) || a.number - b.number);
    const columns = COLUMNS.map((column) => ({ ...column, label: t(`column.${column.key}`), isSortable: true }));
    table.show({ columns, rows, keyOf: (shard) => shard.number, sort, empty: t("map.empty"), caption: t("map"), state: (shard) => look(shard).shape });
  }
}

const COLUMNS = [
  {
    key: "number",
    make: () => h("a"),
    update: (node, shard) => {
      node.href = page`/kinds/${shard.kind}/shards/${shard.number}`;
      write(node, `${shard.kind}/${shard.number}`);
    },
  },
  {
    key: "state",
    make: () => document.createElement("sw-status"),
    update: (node, shard) => {
      const { shape, word } = look(shard);
      node.show(shape, word);
    },
  },
  { key: "load", make: () => document.createElement("sw-bar"), update: (node, shard) => node.show(shard) },
  { key: "used", isNumber: true, cell: ({ used, count }) => `${number(used)}/${number(count)}` },
  { key: "moving", isNumber: true, cell: ({ releasing, arriving }) => `${number(releasing)} / ${number(arriving)}` },
  { key: "generation", isNumber: true, cell: ({ generation, acknowledged }) => `${number(generation)}/${number(acknowledged)}` },
  { key: "beat", isNumber: true, cell: (shard) => roughAge(beat(shard)) },
  { key: "instance", cell: ({ name, incarnation }) => `${name} #${incarnation}` },
];

customElements.define("sw-shards", Shards);
