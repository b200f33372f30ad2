import { get, path } from "../lib/api.js";
import { Element, h, keyed } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { page } from "../lib/router.js";
import { state, watch } from "../lib/state.js";
import { onTick } from "../lib/tick.js";
import "../elements/sw-issues.js";
import "../elements/sw-map.js";
import "../elements/sw-orchestrate.js";
import "../elements/sw-search.js";
import "../elements/sw-segments.js";
import "../elements/sw-verdict.js";

const COVERAGE_TICKS = 10;

// Three questions on one screen: does everything have its owner, what is broken, who owns this.
class PageOverview extends Element {
  #nodes = null;
  #coverage = new Map();
  #ticks = 0;

  connected(signal) {
    document.title = "Shardwright";
    this.#nodes ??= this.#draw();
    watch(() => this.#show(), signal);
    onTick(() => this.#tick(), signal);
    this.addEventListener("sw-orchestrated", () => state.refresh(0), { signal });
  }

  routed() {
    this.#show();
  }

  #tick() {
    if (this.#ticks++ % COVERAGE_TICKS === 0) this.#cover();
    this.#show();
  }

  async #cover() {
    for (const { kind } of state.overview?.kinds ?? []) {
      // What is shown of it is a remark: without an answer it is left out.
      this.#coverage.set(kind, await get(path`/v1/api/kinds/${kind}/coverage`).catch(() => null));
    }
  }

  #show() {
    const { overview, isLive } = state;
    const { verdicts, issues, first, kind: card, none } = this.#nodes;
    first.hidden = overview !== null || state.failure !== null;
    if (!overview) return;
    const { kinds } = overview;
    keyed(verdicts, kinds, ({ kind }) => kind, () => document.createElement("sw-verdict"), (node, kind) =>
      node.show(kind, { isLive, trail: state.trail(kind.kind), coverage: this.#coverage.get(kind.kind) }),
    );
    issues.show(overview, { isLive });
    const chosen = kinds.find(({ kind }) => kind === this.query.get("kind")) ?? kinds[0];
    none.hidden = kinds.length > 0;
    card.hidden = !kinds.length;
    if (chosen) this.#kind(kinds, chosen);
  }

  #kind(kinds, chosen) {
    const { choice, orchestrate, map, open } = this.#nodes;
    const tabs = kinds.map(({ kind }) => ({ name: kind, text: kind, href: `${page`/`}?${new URLSearchParams({ kind })}` }));
    choice.show(t("kinds"), tabs, chosen.kind);
    open.href = page`/kinds/${chosen.kind}`;
    keyed(orchestrate, [chosen], ({ kind }) => kind, () => document.createElement("sw-orchestrate"), (node, kind) => node.show(kind));
    keyed(map, [chosen], ({ kind }) => kind, () => document.createElement("sw-map"), (node, { shards }) => node.show(shards));
  }

  #draw() {
    const nodes = {
      first: h("div", { class: "card blank", "aria-busy": "true" }, h("i"), h("i"), h("i")),
      verdicts: h("section", { class: "card verdicts", "aria-label": t("verdicts") }),
      issues: h("sw-issues", { class: "card" }),
      search: h("sw-search", { class: "card" }),
      choice: document.createElement("sw-segments"),
      open: h("a", { class: "more" }, t("kind.open")),
      orchestrate: h("div", { class: "grow" }),
      map: h("div"),
      none: h("p", { class: "card quiet", hidden: true }, t("kinds.none")),
    };
    nodes.kind = h(
      "section",
      { class: "card kind", "aria-label": t("kinds"), hidden: true },
      h("div", { class: "heading" }, nodes.choice, nodes.orchestrate, nodes.open),
      nodes.map,
    );
    this.append(
      h("h1", { class: "unseen" }, t("nav.overview")),
      h("div", { class: "questions" }, nodes.first, nodes.verdicts, h("div", { class: "stack" }, nodes.issues, nodes.search)),
      nodes.kind,
      nodes.none,
    );
    return nodes;
  }
}

customElements.define("sw-page-overview", PageOverview);
