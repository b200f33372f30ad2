import { h } from "../lib/dom.js";
import { number, signed } from "../lib/format.js";
import { t } from "../lib/i18n.js";

// What a plan changes, before beside after; on a narrow page one stands above the other.
class PlanDiff extends HTMLElement {
  show(plan) {
    const heads = ["", t("diff.before"), t("diff.after")];
    const rows = figures(plan).map(([name, before, after]) =>
      h(
        "tr",
        { class: before !== after && "changed" },
        h("th", { scope: "row" }, name),
        h("td", { data: { label: heads[1] } }, before),
        h("td", { data: { label: heads[2] } }, after),
      ),
    );
    const head = h("tr", {}, h("td"), ...heads.slice(1).map((name) => h("th", { scope: "col" }, name)));
    this.replaceChildren(h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)));
  }
}

function figures({ shards, sizes, balance }) {
  const by = shards.after - shards.before;
  const rows = [[t("diff.shards"), number(shards.before), number(shards.after) + (by ? ` (${signed(by)})` : "")]];
  for (const name of ["resourcePerInstance", "maxInstances"]) {
    rows.push([t(`field.${name}`), number(sizes.before[name]), number(sizes.after[name])]);
  }
  balance.before.forEach((before, index) => {
    const after = balance.after[index];
    const isCount = before.dimension === "count";
    const named = (key) => (isCount ? t(key) : `${t(key)} (${before.dimension})`);
    rows.push([named("diff.load"), range(before), range(after)]);
    rows.push([named("diff.ratio"), ratio(before), ratio(after)]);
  });
  return rows;
}

const range = ({ min, max }) => (min === max ? number(max) : `${number(min)}–${number(max)}`);
const ratio = (spread) => spread.ratio.toFixed(2);

customElements.define("sw-plan-diff", PlanDiff);
