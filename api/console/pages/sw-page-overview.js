import { el } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { state } from "../lib/state.js";
import "../elements/sw-banner.js";
import "../elements/sw-header.js";
import "../elements/sw-journal.js";
import "../elements/sw-kind.js";
import "../elements/sw-search.js";
import "../elements/sw-verdict.js";

const TICK_MS = 1000;

// The first page: is everything owned, who owns an id, the shards, what happens.
class PageOverview extends HTMLElement {
  #nodes = null;
  #kinds = new Map();
  #timer = null;
  #ended = new AbortController();

  connectedCallback() {
    const { signal } = this.#ended;
    this.#nodes = {
      header: document.createElement("sw-header"),
      banner: el("sw-banner", { hidden: true }),
      verdicts: el("section", { class: "card verdicts", "aria-label": t("verdicts") }),
      search: el("sw-search", { class: "card" }),
      kinds: el("div", { class: "kinds" }),
      journal: el("sw-journal", { class: "card" }),
    };
    const { header, banner, verdicts, search, kinds, journal } = this.#nodes;
    this.append(header, banner, el("main", {}, verdicts, search, kinds, journal));
    state.addEventListener("change", () => this.#show(), { signal });
    document.addEventListener("keydown", (event) => this.#shortcut(event), { signal });
    this.addEventListener("sw-orchestrated", () => state.refresh(0));
    this.#timer = setInterval(() => this.#show(), TICK_MS);
    this.#show();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.#ended.abort();
  }

  #show() {
    const { header, banner } = this.#nodes;
    const { overview, isLive, age } = state;
    header.show(state);
    banner.show(state, age);
    this.classList.toggle("stale", !isLive);
    if (!overview) return;
    for (const kind of overview.kinds) {
      const { verdict, card } = this.#kinds.get(kind.kind) ?? this.#add(kind.kind);
      verdict.show(kind, age, isLive);
      card.show(kind, age, isLive);
    }
  }

  #add(name) {
    const nodes = { verdict: document.createElement("sw-verdict"), card: el("sw-kind", { class: "card" }) };
    this.#nodes.verdicts.append(nodes.verdict);
    this.#nodes.kinds.append(nodes.card);
    this.#kinds.set(name, nodes);
    return nodes;
  }

  #shortcut(event) {
    const typing = event.target.closest?.("input, textarea, select");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#nodes.search.focusInput();
  }
}

customElements.define("sw-page-overview", PageOverview);
