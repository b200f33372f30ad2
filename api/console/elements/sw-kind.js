import { el, write } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import "./sw-map.js";
import "./sw-orchestrate.js";

// One kind: re-orchestrate it, see its shards.
class Kind extends HTMLElement {
  #nodes = null;

  show(kind, elapsed, isLive) {
    this.#nodes ??= this.#draw(kind);
    const active = kind.shards.filter((shard) => shard.state === "active").length;
    write(
      this.#nodes.facts,
      t("kind.facts", {
        name: kind.instanceName,
        shards: number(active),
        wanted: number(kind.shardsWanted),
        per: number(kind.resourcePerInstance),
        most: number(kind.maxInstances),
      }),
    );
    this.#nodes.orchestrate.show(kind, isLive);
    this.#nodes.map.show(kind.shards, elapsed);
  }

  #draw(kind) {
    const nodes = {
      facts: el("span", { class: "quiet" }),
      orchestrate: document.createElement("sw-orchestrate"),
      map: document.createElement("sw-map"),
    };
    this.append(el("div", { class: "heading" }, el("h2", {}, kind.kind), nodes.facts), nodes.orchestrate, nodes.map);
    return nodes;
  }
}

customElements.define("sw-kind", Kind);
