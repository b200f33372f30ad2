import { path } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { mayAct } from "../lib/plan-rights.js";
import { isUnderWay } from "../lib/plans.js";
import { quote } from "./sw-recipe.js";
import "./sw-action.js";

const ALWAYS = ["apply", "discard"];
const UNDER_WAY = ["pause", "resume", "cancel"];

// What can be done with a plan. "sw-plan-act" with the verb as detail.
class PlanActs extends Element {
  #actions = new Map();

  show(plan, { apply, busy }) {
    const verbs = isUnderWay(plan) ? UNDER_WAY : ALWAYS;
    for (const verb of [...ALWAYS, ...UNDER_WAY]) {
      const action = this.#actions.get(verb) ?? this.#add(verb);
      action.hidden = !verbs.includes(verb);
      const may = verb === "apply" ? apply : mayAct(plan, verb);
      const label = t(`plan.${verb}`, { moves: number(plan.moves) });
      action.show({ label, may, busy, tone: verb === "apply" ? "primary" : "plain", recipe: recipe(plan, verb) });
    }
  }

  #add(verb) {
    const tell = () => this.dispatchEvent(new CustomEvent("sw-plan-act", { bubbles: true, detail: verb }));
    const action = h("sw-action", { data: { verb }, "onsw-act": tell });
    this.#actions.set(verb, action);
    this.append(action);
    return action;
  }
}

export function recipe({ kind, plan }, verb) {
  const url = path`/v1/api/kinds/${kind}/plans/${plan}`;
  if (verb === "discard") return { method: "DELETE", path: url, cli: `shardwright plan remove ${quote(kind)} ${plan}` };
  return { method: "POST", path: `${url}/${verb}`, body: {}, cli: `shardwright ${verb} ${quote(kind)} ${plan}` };
}

customElements.define("sw-plan-acts", PlanActs);
