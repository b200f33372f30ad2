import { get, path } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { age, number, took } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { keepReading } from "../lib/reading.js";
import { facts, idLink, kindHead, loading, said, shardLink, status, trouble } from "../lib/view.js";
import "../elements/sw-recipe.js";
import "../elements/sw-table.js";

const AGAIN_MS = 2000;
const WORST = 50;
const SHAPES = { unowned: "lost", unknown: "unknown", double: "lost" };

// Who is served by nobody, or by two, for how long; and how long new resources take until somebody serves them.
class PageCoverage extends Element {
  #nodes = null;

  connected(signal) {
    const { kind } = this.params;
    const url = `${path`/v1/api/kinds/${kind}/coverage`}?worst=${WORST}`;
    const table = () => document.createElement("sw-table");
    this.#nodes = { whole: h("div", {}, loading(6)), now: table(), hour: table(), stages: table(), facts: h("div"), messages: h("p", { class: "quiet" }) };
    const { whole } = this.#nodes;
    this.append(
      kindHead(kind, "coverage", [[t("nav.coverage")]], { title: `${t("nav.coverage")} · ${kind}` }),
      h("sw-recipe", { show: [{ path: url, cli: `shardwright coverage ${kind}` }] }),
      whole,
    );
    const fail = (failure) => whole.replaceChildren(trouble(failure, () => again()));
    const again = keepReading({ read: () => get(url), show: (found) => this.#show(found), fail, every: AGAIN_MS }, signal);
  }

  #show(found) {
    const nodes = this.#nodes;
    nodes.facts.replaceChildren(
      facts([
        [t("coverage.unowned"), figure("lost", found.unowned, found.unownedSeconds)],
        [t("coverage.unknown"), figure("unknown", found.unknown, found.unknownSeconds)],
        [t("coverage.twice"), figure("lost", found.doubleOwned, found.doubleOwnedSeconds)],
        [t("coverage.store"), number(found.store)],
        [t("coverage.says"), t(found.acknowledged ? "coverage.acknowledged" : "coverage.declared")],
        [t("coverage.catalog"), found.catalogTrouble ? said(found.catalogTrouble) : age(found.catalogAge)],
        [t("coverage.watched"), age(found.watchedS)],
        [t("coverage.unnamed"), found.unnamed ? number(found.unnamed) : null],
      ]),
      ...found.alarms.map((alarm) => h("p", { class: "refused", role: "alert" }, said(alarm))),
    );
    const worst = (node, rows, empty) =>
      node.show({ columns: worstColumns(found.kind), rows, keyOf: ({ id, shard }) => `${shard}/${id}`, empty, caption: t("coverage.worst") });
    worst(nodes.now, found.worst, t("coverage.none"));
    worst(nodes.hour, found.worstInWindow, t("coverage.none"));
    const { stages, counted, numbering } = found.latency;
    const seen = stages.filter(({ count }) => count);
    nodes.stages.show({ columns: stageColumns(), rows: seen, keyOf: ({ stage }) => stage, empty: t("coverage.no-event"), caption: t("coverage.way") });
    const strange = Object.entries({ ...counted, ...numbering }).filter(([, many]) => many);
    const text = strange.map(([name, many]) => `${number(many)} ${code("message", name)}`).join(", ");
    nodes.messages.textContent = t("coverage.messages", { text: text || t("coverage.in-order") });
    if (nodes.facts.isConnected) return;
    const card = (title, ...children) => h("section", { class: "card" }, h("h2", {}, title), ...children);
    nodes.whole.replaceChildren(
      h("section", { class: "card" }, nodes.facts),
      card(t("coverage.worst"), nodes.now),
      card(t("coverage.worst.hour", { window: age(found.windowS) }), nodes.hour),
      card(t("coverage.way"), nodes.stages, nodes.messages),
    );
  }
}

// How many now, in the colour of what that means, and the sum over ids of the seconds that it was so.
const figure = (shape, many, seconds) =>
  h(
    "span",
    {},
    many ? status(shape, number(many), "") : number(many),
    " ",
    h("span", { class: "quiet" }, t("coverage.seconds", { n: number(Math.round(10 * seconds) / 10) })),
  );

const worstColumns = (kind) => [
  {
    key: "id",
    label: t("filter.id"),
    cell: ({ id, count }) => (id ? idLink(kind, id) : t("coverage.whole", { n: number(count) })),
  },
  { key: "shard", label: t("why.shard"), cell: ({ shard }) => (shard === null ? "–" : shardLink(kind, shard)) },
  { key: "state", label: t("filter.state"), cell: ({ state }) => (state ? status(SHAPES[state] ?? "unknown", state, "covered") : t("coverage.over")) },
  { key: "for", label: t("coverage.for"), isNumber: true, cell: ({ forS }) => took(forS) },
  { key: "total", label: t("coverage.total"), isNumber: true, cell: ({ totalS }) => took(totalS) },
  { key: "why", label: t("coverage.why"), cell: ({ why }) => said(why) },
];

const stageColumns = () => [
  { key: "stage", label: t("coverage.stage"), cell: ({ stage }) => code("way", stage) },
  { key: "count", label: t("coverage.count"), isNumber: true, cell: ({ count }) => number(count) },
  { key: "p50", label: "p50", isNumber: true, cell: ({ p50S }) => took(p50S) },
  { key: "p99", label: "p99", isNumber: true, cell: ({ p99S }) => took(p99S) },
  { key: "longest", label: t("coverage.longest"), isNumber: true, cell: ({ longestS }) => took(longestS) },
];

customElements.define("sw-page-coverage", PageCoverage);
