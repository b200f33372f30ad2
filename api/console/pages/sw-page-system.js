import { get } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { age, number } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { keepReading } from "../lib/reading.js";
import { page } from "../lib/router.js";
import { state, watch } from "../lib/state.js";
import { ago, facts, head, loading, status, trouble } from "../lib/view.js";
import "../elements/sw-deps.js";
import "../elements/sw-malformed.js";
import "../elements/sw-recipe.js";
import "../elements/sw-table.js";
import "../elements/sw-tokens.js";

const AGAIN_MS = 5000;

// What the server leans on, who leads, how near its limits it is, and how it is set.
class PageSystem extends Element {
  #nodes = null;

  connected(signal) {
    const table = () => document.createElement("sw-table");
    this.#nodes = {
      deps: document.createElement("sw-deps"),
      leader: h("div"),
      replicas: table(),
      limits: table(),
      settings: table(),
      malformed: document.createElement("sw-malformed"),
      more: h("div", { class: "more" }, loading(4)),
    };
    const { deps, leader, more } = this.#nodes;
    const card = (title, ...children) => h("section", { class: "card" }, h("h2", {}, title), ...children);
    const recipe = h("sw-recipe", { show: [{ path: "/v1/api/system", cli: "shardwright status" }] });
    this.append(
      h("div", { class: "heading" }, head([[t("nav.system")]]), recipe, h("sw-links", { show: [{}] })),
      card(t("system.deps"), deps),
      card(t("system.leader"), leader),
      more,
      h("section", { class: "card" }, document.createElement("sw-tokens")),
    );
    watch(() => this.#live(), signal);
    const read = async () => {
      const urls = ["/v1/api/system", "/v1/api/notifications/malformed", "/v1/api/heartbeats/malformed"];
      const [found, messages, beats] = await Promise.all(urls.map((url) => get(url)));
      return { ...found, messages: messages.items, beats: beats.items };
    };
    const fail = (failure) => this.#nodes.limits.isConnected || more.replaceChildren(trouble(failure, () => again()));
    const again = keepReading(
      { read, show: (found) => this.#show(found), fail, every: AGAIN_MS },
      signal,
    );
  }

  #live() {
    const { overview } = state;
    if (!overview) return;
    const { standing } = overview;
    this.#nodes.deps.show(overview.dependencies);
    this.#nodes.leader.replaceChildren(
      facts([
        [t("system.holder"), overview.holder],
        [t("system.role"), status(standing.leads ? "ok" : "unknown", standing.role, "standing")],
        [t("system.leads"), standing.leader || t("system.nobody")],
        [t("system.epoch"), number(overview.epoch)],
        [t("system.since"), ago(standing.since)],
        [t("system.version"), overview.version],
        [t("system.started"), ago(overview.startedAt)],
      ]),
    );
  }

  #show({ replicas, limits, settings, messages, beats }) {
    const nodes = this.#nodes;
    nodes.malformed.show({ messages, beats });
    nodes.replicas.show({
      columns: replicaColumns(),
      rows: replicas,
      keyOf: (one) => one.holder ?? one.name,
      empty: t("system.alone"),
      caption: t("system.replicas"),
    });
    nodes.limits.show({
      columns: limitColumns(),
      rows: limits,
      keyOf: ({ name, kind }) => `${kind} ${name}`,
      empty: "–",
      caption: t("limits"),
    });
    nodes.settings.show({
      columns: settingColumns(),
      rows: settings,
      keyOf: ({ key }) => key,
      empty: "–",
      caption: t("system.settings"),
    });
    if (nodes.limits.isConnected) return;
    const card = (title, table) => h("section", { class: "card" }, h("h2", {}, title), table);
    const fold = h("details", { class: "card" }, h("summary", {}, h("h2", {}, t("system.settings"))), nodes.settings);
    nodes.more.replaceChildren(
      card(t("system.replicas"), nodes.replicas),
      card(t("limits"), nodes.limits),
      card(t("malformed"), nodes.malformed),
      fold,
    );
  }
}

const replicaColumns = () => [
  { key: "name", label: t("system.holder"), cell: (one) => one.holder ?? one.name },
  { key: "role", label: t("system.role"), cell: (one) => code("standing", one.role ?? "") },
  { key: "seen", label: t("dep.last"), isNumber: true, cell: (one) => (one.answered ? t("dep.ok") : age(one.age)) },
  { key: "url", label: "URL", cell: (one) => one.url ?? "" },
];

const limitColumns = () => [
  { key: "kind", label: t("filter.kind"), cell: ({ kind }) => kind ?? "" },
  { key: "name", label: t("limit"), cell: ({ name }) => h("span", { title: name }, code("limit-name", name)) },
  { key: "value", label: t("system.value"), isNumber: true, cell: limitValue },
  { key: "use", label: t("system.in-use"), isNumber: true, cell: ({ inUse }) => shown(inUse) },
  {
    key: "hit",
    label: t("system.last-hit"),
    cell: ({ lastHit }) => (lastHit === null || lastHit === undefined ? "–" : ago(lastHit)),
  },
];

// A limit that an orchestration changes leads to where its plan is shown first.
const limitValue = ({ name, kind, value }) =>
  name === "maxInstances" && kind ? h("a", { href: page`/kinds/${kind}/plan` }, shown(value)) : shown(value);

const settingColumns = () => [
  { key: "key", label: t("system.key"), cell: ({ key }) => h("code", {}, key) },
  { key: "value", label: t("system.value"), cell: ({ value }) => h("code", {}, shown(value)) },
  { key: "source", label: t("system.source"), cell: ({ source }) => source },
];

const shown = (value) =>
  typeof value === "number"
    ? number(value)
    : value === null || value === undefined
      ? "–"
      : typeof value === "string"
        ? value
        : JSON.stringify(value);

customElements.define("sw-page-system", PageSystem);
