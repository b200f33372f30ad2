import { Element, h } from "../lib/dom.js";
import { number, signed } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { differences } from "../lib/plans.js";
import { page } from "../lib/router.js";
import { failed } from "../lib/view.js";

// What was agreed to against what would be done now: show(agreed, plan, failure). Empty where nothing differs.
class Fresh extends Element {
  show(agreed, plan, failure = null) {
    const found = agreed && plan ? differences(agreed, plan) : [];
    this.hidden = !failure && !found.length;
    this.setAttribute("role", "alert");
    this.replaceChildren(
      ...(failure ? [h("p", {}, h("b", {}, t("fresh.refused")))] : []),
      ...(failure ? failed(failure) : []),
      ...(found.length ? [h("p", {}, t("fresh.differs")), h("ul", {}, ...found.map(line))] : []),
      ...(failure && plan ? [h("p", {}, open(plan))] : []),
    );
  }
}

const line = ([name, before, after]) =>
  h("li", {}, `${t(`fresh.${name}`)}: ${number(before)} → ${number(after)} (${signed(after - before)})`);

const open = (plan) =>
  h(
    "a",
    { class: "button", href: page`/kinds/${plan.kind}/plans/${plan.plan}` },
    t("fresh.open", { plan: plan.planId }),
  );

customElements.define("sw-fresh", Fresh);
