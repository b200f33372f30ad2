import { Element, h, write } from "../lib/dom.js";
import { age } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { begun, cost, label, remarks, why } from "../lib/plan-facts.js";
import { mayApply, mayOverride, mayUndo } from "../lib/plan-rights.js";
import * as plans from "../lib/plans.js";
import { keepReading } from "../lib/reading.js";
import { go, page } from "../lib/router.js";
import { watch } from "../lib/state.js";
import { ago, facts, kindHead, loading, trouble } from "../lib/view.js";
import "../elements/sw-fresh.js";
import "../elements/sw-limits.js";
import "../elements/sw-override.js";
import "../elements/sw-pairs.js";
import { recipe } from "../elements/sw-plan-acts.js";
import "../elements/sw-plan-diff.js";
import "../elements/sw-progress.js";
import "../elements/sw-undo.js";

const SOON_MS = 1000;
const LATER_MS = 5000;
const SHAPES = {
  proposed: "starting",
  applied: "moving",
  paused: "held",
  done: "ok",
  cancelled: "unknown",
  superseded: "unknown",
  expired: "unknown",
};

// One plan: what it would do, what it does, what came of it, and the way back.
class PagePlan extends Element {
  #plan = null;
  #nodes = null;
  #busy = false;
  #again = null;
  #begunAt = null;

  connected(signal) {
    this.append(this.#head(), loading(5));
    this.addEventListener("sw-open", ({ detail }) => this.#ids(detail));
    this.addEventListener("sw-plan-act", ({ detail }) => this.#act(detail));
    this.addEventListener("sw-override", ({ detail }) => this.#apply(detail));
    this.addEventListener("sw-undo", ({ detail }) => this.#undo(detail.reason));
    watch(() => this.#plan && this.#show(), signal);
    const show = (plan) => {
      this.#plan = plan;
      this.#show();
    };
    const fail = (failure) =>
      this.#plan ??
      this.replaceChildren(
        this.#head(),
        trouble(failure, () => this.#again()),
      );
    const every = () => (this.#plan && plans.isUnderWay(this.#plan) ? SOON_MS : LATER_MS);
    this.#again = keepReading({ read: () => this.#read(), show, fail, every }, signal);
  }

  get #kind() {
    return this.params.kind;
  }

  #head() {
    const plan = `p-${this.params.plan}`;
    const steps = [[t("plans"), page`/kinds/${this.#kind}/plans`], [t("plan.title", { plan })]];
    return kindHead(this.#kind, "plans", steps, { title: `${plan} · ${this.#kind}` });
  }

  async #read() {
    const plan = await plans.read(this.#kind, this.params.plan);
    if (plans.isOver(plan) && this.#begunAt === null) this.#begunAt = await begun(plan);
    return plan;
  }

  #show() {
    const plan = this.#plan;
    this.#nodes ??= this.#draw(plan);
    const { stage, within, acts, override, progress, undo, expires } = this.#nodes;
    const isProposed = plans.isProposed(plan);
    stage.show(SHAPES[plan.stage] ?? "unknown", plan.stage, "stage");
    const isWithin = plans.isWithinLimits(plan);
    within.show(isWithin ? "yes" : "lost", isWithin ? "within" : "beyond", "limit");
    write(expires, isProposed ? t("plan.expires", { age: age(plan.expiresAt - Date.now() / 1000) }) : "");
    acts.show(plan, { apply: mayApply(plan), busy: this.#busy });
    override.hidden = !isProposed || !plans.needsOverride(plan);
    if (!override.hidden)
      override.show({
        planId: plan.planId,
        label: label(plan),
        may: mayOverride(plan),
        busy: this.#busy,
        recipe: recipe(plan, "apply"),
      });
    progress.parentElement.hidden = isProposed || plan.stage === "expired";
    if (!progress.parentElement.hidden) progress.show(plan, this.#begunAt);
    undo.hidden = isProposed || plan.stage === "expired";
    if (!undo.hidden) undo.show({ may: mayUndo(plan), busy: this.#busy, recipe: recipe(plan, "undo") });
  }

  #draw(plan) {
    const make = (tag) => document.createElement(tag);
    const nodes = {
      stage: make("sw-status"),
      within: make("sw-status"),
      expires: h("span", { class: "quiet" }),
      fresh: make("sw-fresh"),
      acts: make("sw-plan-acts"),
      override: h("sw-override", { class: "card", hidden: true }),
      progress: make("sw-progress"),
      undo: h("sw-undo", { class: "card", hidden: true }),
    };
    const card = (title, ...children) => h("section", { class: "card" }, h("h2", {}, title), ...children);
    const by = h("span", { class: "quiet" }, t("plan.by", { by: plan.madeBy }), " ", ago(plan.madeAt));
    this.replaceChildren(
      this.#head(),
      h("div", { class: "heading" }, nodes.stage, nodes.within, by, nodes.expires),
      nodes.fresh,
      nodes.acts,
      nodes.override,
      h("section", { class: "card", hidden: true }, h("h2", {}, t("progress")), nodes.progress),
      nodes.undo,
      h(
        "div",
        { class: "halves" },
        card(t("plan.why"), h("p", {}, why(plan)), h("sw-plan-diff", { show: [plan] })),
        card(
          t("plan.cost"),
          facts(cost(plan)),
          h("h3", {}, t("limits")),
          h("sw-limits", { show: [plan] }),
          ...remarks(plan),
        ),
      ),
      card(t("plan.pairs"), h("sw-pairs", { show: [plan.kind, plan.movesByPair] })),
    );
    nodes.fresh.show(this.#agreed(), plan);
    if (this.query.has("undo"))
      requestAnimationFrame(() => nodes.undo.isConnected && !nodes.undo.hidden && nodes.undo.focusReason());
    return nodes;
  }

  // What was agreed to on the page before, where the plan came out otherwise.
  #agreed() {
    try {
      return JSON.parse(this.query.get("agreed"));
    } catch {
      return null;
    }
  }

  async #ids({ from, to, cursor, give, fail }) {
    try {
      const found = await plans.moves(this.#kind, this.params.plan, { from, to, cursor });
      give(found.items, found.next);
    } catch (failure) {
      fail(failure.message);
    }
  }

  async #doing(work) {
    this.#busy = true;
    this.#show();
    try {
      await work();
    } catch (failure) {
      this.#nodes.fresh.show(null, null, failure);
    }
    this.#busy = false;
    await this.#again();
  }

  #act(verb) {
    if (verb === "apply") return this.#apply();
    if (verb !== "discard")
      return this.#doing(async () => this.#take(await plans.act(this.#kind, this.#plan.plan, verb)));
    return this.#doing(async () => {
      await plans.discard(this.#kind, this.#plan.plan);
      await go(page`/kinds/${this.#kind}/plans`);
    });
  }

  #apply(override = {}) {
    return this.#doing(async () => {
      try {
        this.#take(await plans.apply(this.#kind, this.#plan.plan, override));
      } catch (failure) {
        if (failure.status !== 409) throw failure;
        await this.#anew(failure, override);
      }
    });
  }

  // The kind has changed since: the same is computed anew. Same effects: it goes on; else both are shown.
  async #anew(failure, override) {
    const agreed = plans.effects(this.#plan);
    const fresh = await plans.again(this.#plan);
    if (plans.differences(agreed, fresh).length) return this.#nodes.fresh.show(agreed, fresh, failure);
    await plans.apply(fresh.kind, fresh.plan, override.override ? { ...override, override: fresh.planId } : {});
    return go(page`/kinds/${fresh.kind}/plans/${fresh.plan}`);
  }

  #undo(reason) {
    return this.#doing(async () => {
      const back = await plans.undo(this.#kind, this.#plan.plan, reason);
      await go(page`/kinds/${this.#kind}/plans/${back.plan}`);
    });
  }

  #take(plan) {
    this.#plan = plan;
    this.#nodes.fresh.hidden = true;
  }
}

customElements.define("sw-page-plan", PagePlan);
