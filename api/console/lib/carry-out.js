import { path, post } from "./api.js";
import * as plans from "./plans.js";
import { page } from "./router.js";

export const url = (kind) => path`/v1/api/orchestrations/${kind}/orchestrate`;

// Do what was foreseen, and nothing else. Answers {unchanged: reason} where there was nothing to do, {plan} that was
// begun, or {review: URL} of a plan that somebody has to look at: it changes a limit (`isResized`), goes beyond one, or
// came out otherwise.
export async function carryOut(kind, foreseen, wish, { isResized }) {
  if (!foreseen.changed && !isResized) {
    const said = await post(url(kind), wish);
    return said.changed ? { plan: await plans.read(kind, digits(said.planId)) } : { unchanged: said.reason };
  }
  const plan = await plans.make(kind, wish);
  const isForeseen = !plans.differences(plans.effects(foreseen), plan).length;
  if (isForeseen && !isResized && plans.isWithinLimits(plan)) return { plan: await plans.apply(kind, plan.plan) };
  const agreed = isForeseen ? "" : `?agreed=${encodeURIComponent(JSON.stringify(plans.effects(foreseen)))}`;
  return { review: page`/kinds/${kind}/plans/${plan.plan}` + agreed };
}

const digits = (planId) => String(planId).replace(/^p-/, "");
