import { get, path, query } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { code, t } from "../lib/i18n.js";
import { row, STATES } from "../lib/listing.js";
import { setQuery } from "../lib/router.js";
import { kindHead } from "../lib/view.js";
import "../elements/sw-filter.js";
import "../elements/sw-list.js";
import "../elements/sw-recipe.js";
import { quote } from "../elements/sw-recipe.js";

const NAMES = ["q", "state", "shard"];

// The ids of a kind, a page at a time; the filter stands in the URL.
class PageResources extends Element {
  #nodes = null;

  connected() {
    const { kind } = this.params;
    this.#nodes = {
      filter: h("sw-filter", { "onsw-filter": ({ detail }) => setQuery(detail) }),
      recipe: document.createElement("sw-recipe"),
      list: document.createElement("sw-list"),
    };
    const { filter, recipe, list } = this.#nodes;
    this.append(
      kindHead(kind, "resources", [[t("resources")]], { title: `${t("resources")} · ${kind}` }),
      h("div", { class: "card heading" }, filter, recipe),
      h("section", { class: "card" }, list),
    );
    this.routed();
  }

  routed() {
    const { kind } = this.params;
    const values = Object.fromEntries(NAMES.map((name) => [name, this.query.get(name) ?? ""]));
    const base = path`/v1/api/kinds/${kind}/resources`;
    this.#nodes.filter.show({ fields: fields(), values });
    this.#nodes.recipe.show({ path: base + query(values), cli: cli(kind, values) });
    return this.#nodes.list.show({
      load: (cursor, limit) => get(base + query({ ...values, cursor, limit })),
      row: row(kind),
      empty: NAMES.some((name) => values[name]) ? t("resources.none.filtered") : t("resources.none"),
      label: t("resources.of", { kind }),
    });
  }
}

const fields = () => [
  { name: "q", label: t("filter.prefix"), placeholder: t("filter.prefix.example") },
  { name: "state", label: t("filter.state"), options: STATES.map((state) => [state, code("place", state)]) },
  { name: "shard", label: t("filter.shard"), placeholder: "17" },
];

const cli = (kind, values) =>
  [
    "shardwright get resources",
    quote(kind),
    ...NAMES.filter((name) => values[name]).map((name) => `--${name === "q" ? "prefix" : name} ${quote(values[name])}`),
  ].join(" ");

customElements.define("sw-page-resources", PageResources);
