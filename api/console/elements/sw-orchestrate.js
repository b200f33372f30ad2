import { carryOut, url } from "../lib/carry-out.js";
import { Element, h, mark, write } from "../lib/dom.js";
import { formOf } from "../lib/form.js";
import { number, signed } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import * as plans from "../lib/plans.js";
import { mayChange } from "../lib/roles.js";
import { go, page } from "../lib/router.js";
import { trouble } from "../lib/trouble.js";
import { quote } from "./sw-recipe.js";
import "./sw-action.js";
import "./sw-progress.js";
import "./sw-sizing.js";

const AGAIN_MS = 5000;
const FOLLOW_MS = 1000;
const FLAGS = { maxInstances: "--max-instances", resourcePerInstance: "--resource-per-instance" };

// One click: the button carries what it would do, as the server works it out. Within the limits the click does just
// that and offers the way back; beyond them, and where other sizes were typed, it opens the plan. show(kind, {sizes}):
// `sizes` brings the fields.
class Orchestrate extends Element {
  #kind = null;
  #nodes = null;
  #turn = 0;
  #foreseen = { commit: null, at: -Infinity, outcome: null, failure: null };
  #isBusy = false;
  #timer = null;

  disconnected() {
    clearTimeout(this.#timer);
  }

  show(kind, { sizes = false } = {}) {
    this.#kind = kind;
    this.#nodes ??= this.#draw(sizes);
    this.#nodes.sizing?.show(kind);
    this.#button();
    const { commit, at, failure } = this.#foreseen;
    const isStale = commit !== kind.commit || failure;
    if (mayChange("operator", kind.kind).ok && !this.#isBusy && isStale && performance.now() - at > AGAIN_MS)
      this.#foresee();
  }

  // What was typed; what was left empty is left out.
  get #wish() {
    const given = Object.entries(this.#nodes.sizing?.wish ?? {});
    return Object.fromEntries(given.filter(([, value]) => value !== null));
  }

  #button() {
    const { kind, paused } = this.#kind;
    const { outcome, failure } = this.#foreseen;
    const isPaused = paused ? { ok: false, why: t("off.paused") } : null;
    const unknown = outcome ? null : { ok: false, why: failure ? t("off.preview") : t("off.preview.first") };
    const may = mayChange("operator", kind);
    const flags = Object.entries(this.#wish).map(([name, value]) => `${FLAGS[name]} ${quote(String(value))}`);
    this.#nodes.action.show({
      label: outcome ? t("orchestrate.effect", { effect: effect(outcome) }) : t("orchestrate"),
      may: may.ok ? (isPaused ?? unknown ?? may) : may,
      tone: outcome?.changed ? "primary" : "plain",
      busy: this.#isBusy,
      recipe: {
        method: "POST",
        path: url(kind),
        body: this.#wish,
        cli: ["shardwright orchestrate", quote(kind), ...flags].join(" "),
      },
    });
  }

  async #foresee() {
    const turn = ++this.#turn;
    const { preview, sizing } = this.#nodes;
    this.#foreseen = { ...this.#foreseen, commit: this.#kind.commit, at: performance.now(), failure: null };
    try {
      const outcome = await plans.preview(this.#kind.kind, this.#wish);
      if (turn !== this.#turn) return;
      this.#foreseen.outcome = outcome;
      sizing?.answer(outcome);
      write(preview, outline(outcome));
    } catch (failure) {
      if (turn !== this.#turn) return;
      Object.assign(this.#foreseen, { outcome: null, failure });
      sizing?.answer(null, failure);
      preview.replaceChildren(...(sizing ? [] : [trouble(failure)]));
    }
    this.#button();
  }

  async #act() {
    this.#isBusy = true;
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.#button();
    const { result } = this.#nodes;
    try {
      const { kind } = this.#kind;
      const isResized = Object.entries(this.#wish).some(([name, value]) => value !== this.#kind[name]);
      const { plan, review, unchanged } = await carryOut(kind, this.#foreseen.outcome, this.#wish, { isResized });
      if (review) return go(review);
      this.#nodes.sizing?.clear();
      if (plan) this.#begun(plan);
      else
        result.replaceChildren(h("p", { class: "done" }, t("result.unchanged", { reason: code("reason", unchanged) })));
    } catch (failure) {
      result.replaceChildren(trouble(failure));
    } finally {
      this.#isBusy = false;
      this.#button();
    }
    this.dispatchEvent(new Event("sw-orchestrated", { bubbles: true }));
    return this.#foresee();
  }

  // The way back is a plan of its own, with a reason: its page asks for that.
  #begun(plan) {
    const there = page`/kinds/${plan.kind}/plans/${plan.plan}`;
    const said = h("b", {}, t("result.begun", { plan: plan.planId, moves: number(plan.moves) }));
    const undo = h("a", { class: "button", href: `${there}?undo=1` }, t("undo"));
    const progress = document.createElement("sw-progress");
    this.#nodes.result.replaceChildren(
      h("div", { class: "done line" }, said, undo, h("a", { href: there }, t("result.open"))),
      progress,
    );
    this.#follow(plan, progress);
  }

  #follow(plan, progress) {
    progress.show(plan);
    if (!plans.isUnderWay(plan)) return;
    this.#timer = setTimeout(async () => {
      const now = await plans.read(plan.kind, plan.plan).catch(() => plan);
      if (progress.isConnected) this.#follow(now, progress);
    }, FOLLOW_MS);
  }

  #draw(sizes) {
    const nodes = {
      sizing: sizes ? document.createElement("sw-sizing") : null,
      action: document.createElement("sw-action"),
      other: sizes
        ? null
        : h("a", { class: "more", href: page`/kinds/${this.#kind.kind}/plan` }, t("orchestrate.other")),
      preview: h("div", { class: "preview quiet", "aria-live": "polite" }),
      result: h("div", { class: "result", "aria-live": "polite" }),
    };
    nodes.sizing?.addEventListener("sw-wish", () => this.#foresee());
    nodes.action.addEventListener("sw-act", () => this.#act());
    if (sizes) this.append(formOf(nodes.action, {}, nodes.sizing));
    this.append(h("div", { class: "line" }, nodes.action, nodes.other, nodes.preview), nodes.result);
    mark(this, "role", "group");
    mark(this, "aria-label", t("orchestrate"));
    return nodes;
  }
}

// "40,329 moves, 9 new instances"
function effect({ moves, created, draining }) {
  const parts = [t("effect.moves", { n: number(moves) })];
  if (created.length) parts.push(t("effect.created", { n: number(created.length) }));
  if (draining.length) parts.push(t("effect.draining", { n: number(draining.length) }));
  return parts.join(t("comma"));
}

function outline({ shards, load, draining, placed }) {
  const by = signed(shards.after - shards.before);
  const facts = [t("preview.shards", { before: number(shards.before), after: number(shards.after), by })];
  facts.push(t("preview.load", { before: range(load.before), after: range(load.after) }));
  if (draining.length) facts.push(t("preview.draining", { shards: draining.join(", ") }));
  if (placed) facts.push(t("preview.placed", { n: number(placed) }));
  return facts.join(" · ");
}

const range = ([least, most]) => (least === most ? number(least) : `${number(least)}–${number(most)}`);

customElements.define("sw-orchestrate", Orchestrate);
