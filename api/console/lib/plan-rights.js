import { t } from "./i18n.js";
import { isOver, isProposed, isUnderWay, needsOverride } from "./plans.js";
import { mayChange } from "./roles.js";
import { state } from "./state.js";

// What may be done with a plan as it stands: {ok, why}.
const off = (why) => ({ ok: false, why });

export function mayApply(plan) {
  if (plan.stage === "expired") return off(t("plan.expired"));
  if (!isProposed(plan)) return off(t("plan.applied"));
  if (state.kind(plan.kind)?.paused) return off(t("off.paused"));
  if (needsOverride(plan)) return off(t("plan.beyond"));
  return mayChange("operator", plan.kind);
}

export function mayOverride(plan) {
  if (state.kind(plan.kind)?.paused) return off(t("off.paused"));
  return mayChange("admin", plan.kind);
}

export function mayUndo(plan) {
  if (isUnderWay(plan)) return off(t("undo.under-way"));
  if (!isOver(plan)) return off(t("undo.never"));
  return mayChange("operator", plan.kind);
}

export function mayAct(plan, verb) {
  if (verb === "discard" && !isProposed(plan) && plan.stage !== "expired") return off(t("plan.kept"));
  if (verb === "pause" && plan.stage !== "applied") return off(t("plan.not-running"));
  if (verb === "resume" && plan.stage !== "paused") return off(t("plan.not-paused"));
  if (verb === "cancel" && !isUnderWay(plan)) return off(t("plan.not-running"));
  return mayChange("operator", plan.kind);
}
