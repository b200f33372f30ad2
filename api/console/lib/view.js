import "../elements/sw-age.js";
import "../elements/sw-crumbs.js";
import "../elements/sw-id.js";
import "../elements/sw-kind-nav.js";
import "../elements/sw-links.js";
import "../elements/sw-status.js";
import { Refusal } from "./api.js";
import { h } from "./dom.js";
import { clock, iso, since } from "./format.js";
import { code, t } from "./i18n.js";
import { page } from "./router.js";

// Small pieces that several pages are made of.
export const status = (shape, word, group = "health") => h("sw-status", { show: [shape, word, group] });

// A sentence of the server is shown as it came, and says which language it is in.
export const said = (text) => h("span", { lang: "en" }, text);

// The server's words for a code that the console does not know.
export const sentence = (group, name, text) => {
  const known = code(group, name);
  return known === name ? said(text) : h("span", { title: text }, known);
};

export const idLink = (kind, id, given = { copy: false }) =>
  h("sw-id", { show: [id, { ...given, href: page`/kinds/${kind}/resources/${id}` }] });

export const shardLink = (kind, shard) => h("a", { href: page`/kinds/${kind}/shards/${shard}` }, `${kind}/${shard}`);

export const instanceLink = (kind, shard, text) => h("a", { href: page`/instances/${kind}/${shard}` }, text);

export const moment = (at) =>
  h("time", { datetime: iso(at), title: since(at) }, at === null || at === undefined ? "–" : clock(at));

// How long ago, counting on.
export function ago(at) {
  const node = document.createElement("sw-age");
  node.showAt(at);
  return node;
}

// [[name, value], ...] as a list of terms; a value that is null is left out.
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, ...shown.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

// Why a question or a change was refused, with the id that the server's log has it under.
export function failed(failure) {
  const isOurs = failure instanceof Refusal;
  const lines = isOurs ? [failure.message, ...failure.reasons] : [t("unreachable", { detail: failure.message })];
  const tail = isOurs && failure.status >= 500 && failure.requestId ? ` (${failure.requestId})` : "";
  return [...new Set(lines)].map((line) => h("p", { class: "refused", lang: isOurs ? "en" : null }, line + tail));
}

// A page could not be read: what the server said, and a way to ask again.
export const trouble = (failure, again) =>
  h(
    "div",
    { class: "trouble", role: "alert" },
    ...failed(failure),
    h("button", { type: "button", class: "plain", onclick: again }, t("retry")),
  );

// Grey blocks where figures will stand.
export const loading = (lines = 3) =>
  h(
    "div",
    { class: "loading", "aria-label": t("loading"), role: "status" },
    ...Array.from({ length: lines }, () => h("i")),
  );

// The way to a page, and its name as heading: [text, href] each, the last without a link. `shown`: what stands as
// heading instead of the text.
export function head(steps, { title, shown = null } = {}) {
  const node = document.createElement("sw-crumbs");
  node.show(
    steps.map(([text, href]) => ({ text, href })),
    { title },
  );
  if (shown) node.querySelector("h1").replaceChildren(shown);
  return node;
}

// The same for a page of a kind, with its siblings: "map", "resources", "plans", "coverage" or "size".
// `links`: what is known beside the kind.
export const kindHead = (kind, here, steps, { links = {}, ...given } = {}) =>
  h(
    "div",
    { class: "head" },
    head([[kind, page`/kinds/${kind}`], ...steps], given),
    h("sw-kind-nav", { show: [kind, here] }),
    h("sw-links", { show: [{ kind, ...links }] }),
  );
