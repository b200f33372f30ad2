import { h } from "../lib/dom.js";
import { number, percent } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { isBeyond } from "../lib/plans.js";
import "./sw-status.js";

const PEAKS = 3;

// The limits of a plan: what it keeps, what only makes it slower, what it goes beyond.
class Limits extends HTMLElement {
  show(plan) {
    const { limits } = plan;
    const share = plan.count ? percent(plan.moves / plan.count) : "–";
    const values = { moves: number(plan.moves), count: number(plan.count), share };
    const rows = [];
    if (!limits.some(({ code: name }) => name === "blast-radius")) rows.push(row("ok", "ok", t("limit.moved", values)));
    const peaks = limits.filter(({ code: name }) => name === "capacity");
    const others = limits.filter(({ code: name }) => name !== "capacity");
    for (const limit of [...others, ...peaks.slice(0, PEAKS)]) rows.push(line(limit, plan, values));
    if (peaks.length > PEAKS) rows.push(row("late", "note", t("limit.more", { n: number(peaks.length - PEAKS) })));
    this.replaceChildren(h("ul", { class: "limits" }, ...rows));
  }
}

function line(limit, plan, values) {
  const { atOnce } = plan.handOff;
  const given = { ...values, atOnce: number(atOnce), rounds: number(Math.ceil(plan.moves / Math.max(1, atOnce))) };
  const [shape, word] = isBeyond(limit) ? ["lost", "beyond"] : ["late", "note"];
  const known = code("limit", limit.code);
  const shard = /Shard (\d+) .* to (.+) of (.+?):/.exec(limit.sentence);
  if (known === limit.code || (limit.code === "capacity" && !shard)) {
    return row(shape, word, h("span", { lang: "en" }, limit.sentence));
  }
  if (shard) Object.assign(given, { shard: shard[1], load: shard[2], capacity: shard[3] });
  return row(shape, word, t(`limit.${limit.code}`, given), limit.sentence);
}

function row(shape, word, text, title = null) {
  return h("li", { title }, h("sw-status", { show: [shape, word, "limit"] }), " ", h("span", {}, text));
}

customElements.define("sw-limits", Limits);
