import { Element, h } from "../lib/dom.js";
import { number, since } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { page } from "../lib/router.js";
import { moment, said, shardLink } from "../lib/view.js";

// Lines of the journal about one thing, newest first. show(lines, empty).
class History extends Element {
  show(lines, empty = t("history.none")) {
    if (!lines.length) return this.replaceChildren(h("p", { class: "quiet" }, empty));
    return this.replaceChildren(h("ol", { class: "lines" }, ...lines.map(row)));
  }
}

function row(line) {
  const to = line.to === null ? [] : [" → ", shardLink(line.kind, line.to)];
  return h(
    "li",
    { title: since(line.at) },
    moment(line.at),
    h("b", { class: "verb" }, code("verb", line.verb)),
    h("span", {}, code("reason", line.reason)),
    h("span", { class: "where" }, ...(line.shard === null ? [] : [shardLink(line.kind, line.shard)]), ...to),
    line.count > 1 ? h("span", { class: "quiet" }, t("history.with", { n: number(line.count - 1) })) : null,
    line.actor ? h("span", { class: "quiet" }, line.actor) : null,
    line.detail ? detail(line) : null,
  );
}

// A plan that is named in a line can be opened.
function detail({ kind, detail: text }) {
  const plan = /\bp(?:lan |-)(\d+)\b/.exec(text);
  return plan ? h("a", { href: page`/kinds/${kind}/plans/${plan[1]}`, lang: "en" }, text) : said(text);
}

customElements.define("sw-history", History);
