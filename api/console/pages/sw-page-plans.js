import { Element, h } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import * as plans from "../lib/plans.js";
import { keepReading } from "../lib/reading.js";
import { page } from "../lib/router.js";
import { state, watch } from "../lib/state.js";
import { ago, kindHead, loading, status, trouble } from "../lib/view.js";
import "../elements/sw-orchestrate.js";
import "../elements/sw-table.js";

const AGAIN_MS = 5000;
const SHAPES = { proposed: "starting", applied: "moving", paused: "held", done: "ok" };

// How large a kind is to be, and the plans that were made of it.
class PagePlans extends Element {
  #nodes = null;

  connected(signal) {
    const { kind } = this.params;
    this.#nodes = {
      orchestrate: document.createElement("sw-orchestrate"),
      list: h("div", {}, loading(4)),
      table: h("sw-table"),
    };
    this.append(
      kindHead(kind, "plans", [[t("plans")]], { title: `${t("plans")} · ${kind}` }),
      h("section", { class: "card" }, h("h2", {}, t("orchestrate")), this.#nodes.orchestrate),
      h("section", { class: "card" }, h("h2", {}, t("plans")), this.#nodes.list),
    );
    const read = () => plans.list(kind);
    const fail = (failure) => this.#nodes.list.replaceChildren(trouble(failure, () => again()));
    const again = keepReading({ read, show: (rows) => this.#show(rows), fail, every: AGAIN_MS }, signal);
    this.addEventListener("sw-orchestrated", () => (state.refresh(0), again()));
    watch(() => {
      const found = state.kind(kind);
      if (found) this.#nodes.orchestrate.show(found, { sizes: true });
    }, signal);
  }

  #show(rows) {
    const { list, table } = this.#nodes;
    table.show({ columns: columns(), rows, keyOf: (plan) => plan.plan, empty: t("plans.none"), caption: t("plans") });
    if (table.parentElement !== list) list.replaceChildren(table);
  }
}

const columns = () => [
  {
    key: "plan",
    label: t("plan"),
    cell: (plan) => h("a", { href: page`/kinds/${plan.kind}/plans/${plan.plan}` }, plan.planId),
  },
  { key: "stage", label: t("plan.stage"), cell: ({ stage }) => status(SHAPES[stage] ?? "unknown", stage, "stage") },
  { key: "made", label: t("plan.made"), cell: ({ madeAt }) => ago(madeAt) },
  {
    key: "shards",
    label: t("diff.shards"),
    cell: ({ shards }) => `${number(shards.before)} → ${number(shards.after)}`,
  },
  { key: "moves", label: t("plan.moves"), isNumber: true, cell: ({ moves }) => number(moves) },
  { key: "done", label: t("progress.done"), isNumber: true, cell: ({ progress }) => number(progress.done) },
  { key: "by", label: t("plan.who"), cell: ({ madeBy }) => madeBy },
  {
    key: "note",
    label: t("plan.note"),
    cell: ({ note, undoes }) => [undoes && t("plan.undoes", { plan: `p-${undoes}` }), note].filter(Boolean).join(" "),
  },
];

customElements.define("sw-page-plans", PagePlans);
