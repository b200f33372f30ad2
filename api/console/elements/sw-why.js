import { Element, h } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { sentence, shardLink, status } from "../lib/view.js";

const SHOWN = 6;

// Why an id is where it is and not elsewhere: the owner, the best of the others, the rest by what speaks against them.
// show(kind, opinions, loads): `loads`: used and count by shard.
class Why extends Element {
  show(kind, opinions, loads = new Map()) {
    const leads = opinions.filter((one, index) => one.role !== "other" || index < SHOWN);
    const rest = opinions.filter((one) => !leads.includes(one));
    const groups = Map.groupBy(rest, (one) => one.code);
    const best = opinions.find(({ score }) => score !== null)?.score ?? null;
    const heads = ["why.shard", "why.verdict", "why.rule", "why.load"].map((key) =>
      h("th", { scope: "col", class: key === "why.load" && "number" }, t(key)),
    );
    const row = (one) => this.#row(kind, one, best, loads);
    const rows = [
      ...leads.map(row),
      ...[...groups].flatMap(([name, members]) => this.#group(name, members, row, best)),
    ];
    this.replaceChildren(
      h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows))),
    );
  }

  #row(kind, one, best, loads) {
    const load = loads.get(one.shard);
    const isHere = one.role === "owner";
    const verdict = isHere
      ? status("yes", "here", "opinion")
      : one.role === "target"
        ? status("moving", "target", "opinion")
        : t(one.score === null ? "opinion.no" : "opinion.could");
    const labels = ["why.shard", "why.verdict", "why.rule", "why.load"].map((key) => ({ data: { label: t(key) } }));
    return h(
      "tr",
      { class: isHere && "here" },
      h("th", { scope: "row", ...labels[0] }, shardLink(kind, one.shard)),
      h("td", labels[1], verdict),
      h(
        "td",
        labels[2],
        one.score === null ? sentence("opinion.rule", one.code, one.sentence) : scored(one, best, isHere),
      ),
      h("td", { class: "number", ...labels[3] }, load ? `${number(load.used)}/${number(load.count)}` : "–"),
    );
  }

  #group(name, members, row, best) {
    const open = () => tr.replaceWith(...members.map(row));
    const isEqual = members.every(({ score }) => score === best);
    const rule = name ? code("opinion.rule", name) : t(isEqual ? "opinion.as-good" : "opinion.worse");
    const more = h(
      "button",
      { type: "button", class: "bare", onclick: open },
      t("why.more", { n: number(members.length) }),
    );
    const tr = h(
      "tr",
      {},
      h("th", { scope: "row" }, more),
      h("td", {}, t(name ? "opinion.no" : "opinion.could")),
      h("td", {}, rule),
      h("td"),
    );
    return [tr];
  }
}

function scored({ score, sentence: text }, best, isHere) {
  const value = score.toFixed(4);
  return h(
    "span",
    { title: text },
    t(score !== best ? "opinion.score" : isHere ? "opinion.best" : "opinion.equal", {
      score: value,
      best: best.toFixed(4),
    }),
  );
}

customElements.define("sw-why", Why);
