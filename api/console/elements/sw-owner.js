import { h } from "../lib/dom.js";
import { since } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { page } from "../lib/router.js";
import "./sw-age.js";
import "./sw-id.js";
import "./sw-status.js";

export const SHAPES = {
  owned: "ok",
  arriving: "moving",
  moving: "moving",
  deleting: "moving",
  held: "held",
  quarantined: "held",
  unowned: "lost",
  unknown: "unknown",
};

// Who owns one id, since when, and why there. show(resource).
class Owner extends HTMLElement {
  show(one) {
    const href = page`/kinds/${one.kind}/resources/${one.id}`;
    const facts = [[t("search.why"), [code("reason", one.reason), one.detail].filter(Boolean).join(": ")]];
    if (one.acknowledged !== null) facts.push([t("search.acknowledged"), String(one.acknowledged)]);
    if (one.to !== null) facts.push([t("search.to"), h("a", { href: page`/kinds/${one.kind}/shards/${one.to}` }, `${one.kind}/${one.to}`)]);
    if (one.since !== null) facts.push([t("search.since"), since(one.since)]);
    if (one.inCatalog === false) facts.push([t("search.catalog"), t("search.catalog.no")]);
    this.replaceChildren(
      h(
        "div",
        { class: "answer" },
        h("sw-status", { show: [SHAPES[one.state] ?? "unknown", one.state, "place"] }),
        one.shard === null ? h("b", { class: "place" }, t("search.nowhere")) : place(one),
      ),
      h("sw-id", { show: [one.id, { href }] }),
      h("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      h("a", { class: "more", href }, t("search.more")),
    );
  }
}

function place(one) {
  return h(
    "b",
    { class: "place" },
    h("a", { href: page`/kinds/${one.kind}/shards/${one.shard}` }, h("bdi", {}, one.kind), `/${one.shard}`),
    h("span", { class: "quiet" }, `, ${one.runIn ?? "–"} #${one.incarnation ?? "–"}`),
  );
}

customElements.define("sw-owner", Owner);
