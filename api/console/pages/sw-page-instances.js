import { get } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { age, number } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { keepReading } from "../lib/reading.js";
import { setQuery } from "../lib/router.js";
import { state } from "../lib/state.js";
import { ago, head, instanceLink, loading, shardLink, status, trouble } from "../lib/view.js";
import "../elements/sw-filter.js";
import "../elements/sw-table.js";

const AGAIN_MS = 3000;
const MOST = 200;
const SHAPES = { starting: "starting", late: "late", lost: "lost", ok: "ok", backoff: "late" };

// The instances of all kinds: which are well, and which are not, those first.
class PageInstances extends Element {
  #nodes = null;
  #items = null;

  connected(signal) {
    this.#nodes = {
      filter: h("sw-filter", { class: "card", "onsw-filter": ({ detail }) => setQuery(detail) }),
      list: h("section", { class: "card" }, loading(6)),
      rest: h("p", { class: "quiet" }),
      table: document.createElement("sw-table"),
    };
    this.append(head([[t("instances")]]), this.#nodes.filter, this.#nodes.list);
    const show = ({ items }) => {
      this.#items = items;
      this.#show();
    };
    const fail = (failure) => this.#items ?? this.#nodes.list.replaceChildren(trouble(failure, () => again()));
    const again = keepReading({ read: () => get("/v1/api/instances"), show, fail, every: AGAIN_MS }, signal);
  }

  routed() {
    if (this.#items) this.#show();
  }

  #show() {
    const { filter, list, table, rest } = this.#nodes;
    const values = {
      kind: this.query.get("kind") ?? "",
      health: this.query.get("health") ?? "",
      q: this.query.get("q") ?? "",
    };
    filter.show({ fields: fields(this.#items), values });
    const fits = (one) =>
      (!values.kind || one.kind === values.kind) &&
      (!values.health || one.health === values.health) &&
      one.name.includes(values.q);
    const found = this.#items.filter(fits).sort(worstFirst);
    table.show({
      columns: columns(),
      rows: found.slice(0, MOST),
      keyOf: (one) => `${one.kind}/${one.shard}#${one.incarnation}`,
      empty: this.#empty(),
      caption: t("instances"),
    });
    rest.textContent = found.length > MOST ? t("instances.more", { n: number(found.length - MOST) }) : "";
    if (table.parentElement !== list) list.replaceChildren(table, rest);
  }

  #empty() {
    if (this.#items.length) return t("resources.none.filtered");
    const away = state.overview?.dependencies.find((one) => one.name.startsWith("runtime") && one.ok === false);
    return away ? `${away.name}: ${away.detail}` : t("instances.none");
  }
}

const isWell = (one) => one.health === "ok";
const worstFirst = (a, b) => isWell(a) - isWell(b) || a.kind.localeCompare(b.kind) || a.shard - b.shard;
const options = (items, name, group) =>
  [...new Set(items.map((one) => one[name]))].sort().map((value) => [value, group ? code(group, value) : value]);

const fields = (items) => [
  { name: "kind", label: t("filter.kind"), options: options(items, "kind") },
  { name: "health", label: t("filter.state"), options: options(items, "health", "health") },
  { name: "q", label: t("filter.name"), placeholder: "iota-dac-17" },
];

const columns = () => [
  {
    key: "name",
    label: t("instance"),
    cell: (one) => instanceLink(one.kind, one.shard, `${one.name} #${one.incarnation}`),
  },
  { key: "shard", label: t("why.shard"), cell: (one) => shardLink(one.kind, one.shard) },
  { key: "health", label: t("filter.state"), cell: (one) => status(SHAPES[one.health] ?? "unknown", one.health) },
  { key: "phase", label: t("instance.phase"), cell: ({ phase }) => code("phase", phase) },
  { key: "beat", label: t("shard.beat"), isNumber: true, cell: ({ beatAge }) => age(beatAge) },
  { key: "since", label: t("search.since"), cell: ({ since }) => (since === null ? "–" : ago(since)) },
  { key: "uid", label: t("instance.uid"), cell: ({ uid }) => h("code", {}, uid) },
];

customElements.define("sw-page-instances", PageInstances);
