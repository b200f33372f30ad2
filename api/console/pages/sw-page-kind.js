import { get, path, send } from "../lib/api.js";
import { Element, h, write } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { LENSES } from "../lib/lens.js";
import { mayChange } from "../lib/roles.js";
import { page, setQuery } from "../lib/router.js";
import { state, watch } from "../lib/state.js";
import { onTick } from "../lib/tick.js";
import "../elements/sw-action.js";
import "../elements/sw-crumbs.js";
import "../elements/sw-elsewhere.js";
import "../elements/sw-held.js";
import "../elements/sw-kind-nav.js";
import "../elements/sw-links.js";
import "../elements/sw-map.js";
import "../elements/sw-moving.js";
import "../elements/sw-orchestrate.js";
import "../elements/sw-segments.js";
import "../elements/sw-shards.js";
import { toast } from "../elements/sw-toast.js";
import "../elements/sw-verdict.js";

const MOVES_MS = 1000;

// One kind: its shards as a map through one of four lenses, or as a table; what moves; how it is spread anew.
class PageKind extends Element {
  #nodes = null;
  #moves = { items: [] };
  #asked = -Infinity;

  connected(signal) {
    this.#nodes ??= this.#draw();
    this.#nodes.crumbs.show([{ text: t("nav.overview"), href: page`/` }, { text: this.params.kind }]);
    this.#nodes.nav.show(this.params.kind, "map");
    this.#nodes.links.show({ kind: this.params.kind });
    watch(() => this.#show(), signal);
    onTick(() => this.#show(), signal);
    this.addEventListener("sw-orchestrated", () => state.refresh(0), { signal });
    this.addEventListener("sw-accept", ({ detail }) => this.#accept(detail), { signal });
    this.addEventListener("sw-here", ({ detail }) => this.#runHere(detail), { signal });
    this.addEventListener("sw-sort", ({ detail }) => setQuery({ sort: detail }), { signal });
  }

  routed() {
    this.#show();
  }

  #show() {
    const kind = state.kind(this.params.kind);
    const { missing, body, verdict, facts, orchestrate, moving, map, shards } = this.#nodes;
    missing.hidden = kind !== null || state.overview === null;
    body.hidden = kind === null;
    if (!kind) return;
    verdict.show(kind, { isLive: state.isLive, trail: state.trail(kind.kind) });
    const active = kind.shards.filter((shard) => shard.state === "active").length;
    const most = { per: number(kind.resourcePerInstance), most: number(kind.maxInstances) };
    write(facts, t("kind.facts", { name: kind.instanceName, shards: number(active), wanted: number(kind.shardsWanted), ...most }));
    this.#nodes.held.show(kind);
    this.#nodes.elsewhere.show(kind);
    orchestrate.show(kind, { sizes: true });
    this.#controls(kind);
    this.#follow(kind);
    const isTable = this.query.get("view") === "table";
    map.hidden = isTable;
    shards.hidden = !isTable;
    const lens = LENSES.find((name) => name === this.query.get("lens")) ?? LENSES[0];
    this.#nodes.lenses.hidden = isTable;
    const link = (values) => this.#link(values);
    this.#nodes.lenses.show(t("lenses"), LENSES.map((name) => ({ name, text: t(`lens.${name}`), href: link({ lens: name }) })), lens);
    const views = ["map", "table"].map((name) => ({ name, text: t(`view.${name}`), href: link({ view: name }) }));
    this.#nodes.views.show(t("views"), views, isTable ? "table" : "map");
    moving.show(this.#moves);
    if (isTable) shards.show(kind.shards, this.query.get("sort") ?? "number");
    else map.show(kind.shards, { lens, moves: this.#moves.items });
  }

  #link(values) {
    const query = new URLSearchParams(this.query);
    for (const [name, value] of Object.entries(values)) query.set(name, value);
    return `${location.pathname}?${query}`;
  }

  // Where ids move, for as long as any does.
  async #follow(kind) {
    const { counts } = kind;
    const isMoving = counts.moving || counts.arriving || kind.shards.some((shard) => shard.releasing);
    if (!isMoving) this.#moves = { items: [] };
    if (!isMoving || performance.now() - this.#asked < MOVES_MS || !state.isLive) return;
    this.#asked = performance.now();
    this.#moves = await get(path`/v1/api/kinds/${kind.kind}/moves`).catch(() => this.#moves);
  }

  #controls({ kind, paused }) {
    const { pause, resync } = this.#nodes;
    const name = paused ? "resume" : "pause";
    const may = mayChange("operator", kind);
    const recipe = (act, cli) => ({ method: "POST", path: path`/v1/api/kinds/${kind}/${act}`, body: {}, cli: `shardwright ${cli} ${kind}` });
    pause.act = { url: path`/v1/api/kinds/${kind}/${name}`, said: t(`${name}.done`, { kind }) };
    pause.show({ label: t(name), may, recipe: recipe(name, name) });
    resync.act = { url: path`/v1/api/kinds/${kind}/resync`, said: t("resync.done", { kind }) };
    resync.show({ label: t("resync"), may, recipe: recipe("resync", "resync") });
  }

  #accept({ digest, count }) {
    const url = path`/v1/api/kinds/${this.params.kind}/removals/accept`;
    return this.#act({ url, body: { digest, count }, said: t("held.done", { n: number(count) }) });
  }

  #runHere({ insteadOf }) {
    const { kind } = this.params;
    const url = path`/v1/api/kinds/${kind}/place/accept`;
    return this.#act({ url, body: { insteadOf }, said: t("elsewhere.done", { kind }) });
  }

  async #act({ url, body = {}, said }) {
    try {
      await send("POST", url, body);
      toast(said);
      state.refresh(0);
    } catch (failure) {
      toast(failure.message, { tone: "bad" });
    }
  }

  #draw() {
    const make = (tag, attributes = {}) => h(tag, attributes);
    const action = () => {
      const node = make("sw-action");
      node.addEventListener("sw-act", () => this.#act(node.act));
      return node;
    };
    const nodes = {
      crumbs: make("sw-crumbs"),
      nav: make("sw-kind-nav"),
      links: make("sw-links"),
      missing: h("p", { class: "card", hidden: true }, t("kind.missing", { kind: this.params.kind })),
      held: make("sw-held", { class: "card", hidden: true }),
      elsewhere: make("sw-elsewhere", { class: "card", hidden: true }),
      verdict: make("sw-verdict"),
      facts: h("span", { class: "quiet" }),
      orchestrate: make("sw-orchestrate"),
      pause: action(),
      resync: action(),
      moving: make("sw-moving"),
      views: make("sw-segments"),
      lenses: make("sw-segments"),
      map: make("sw-map"),
      shards: make("sw-shards"),
    };
    nodes.body = h(
      "div",
      { class: "body" },
      nodes.elsewhere,
      nodes.held,
      h(
        "div",
        { class: "questions kind-top" },
        h("section", { class: "card stack", "aria-label": t("verdicts") }, nodes.verdict, nodes.facts, h("div", { class: "line" }, nodes.pause, nodes.resync)),
        h("section", { class: "card", "aria-label": t("orchestrate") }, nodes.orchestrate),
      ),
      h("section", { class: "card kind", "aria-label": t("map") }, h("div", { class: "heading" }, nodes.views, nodes.lenses), nodes.moving, nodes.map, nodes.shards),
    );
    this.append(nodes.crumbs, nodes.nav, nodes.links, nodes.missing, nodes.body);
    return nodes;
  }
}

customElements.define("sw-page-kind", PageKind);
