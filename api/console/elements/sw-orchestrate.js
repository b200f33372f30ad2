import { Refusal, path, post } from "../lib/api.js";
import { el, write } from "../lib/dom.js";
import { number, signed } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import "./sw-moves.js";

const PAUSE_MS = 300;
const AGAIN_MS = 5000;

// Re-orchestrate: the button carries what a click would do, as the server works it out.
class Orchestrate extends HTMLElement {
  #kind = null;
  #nodes = null;
  #turn = 0;
  #timer = null;
  #previewed = { commit: null, at: 0, failed: false };
  #busy = false;

  show(kind, isLive) {
    this.#kind = kind;
    this.#nodes ??= this.#draw();
    this.#nodes.fields[0].placeholder = String(kind.maxInstances);
    this.#nodes.fields[1].placeholder = String(kind.resourcePerInstance);
    const reason = !isLive ? t("off.cut") : kind.paused ? t("off.paused") : !kind.ready ? t("off.ready") : "";
    this.#allow(reason);
    const { commit, at, failed } = this.#previewed;
    const stale = commit !== kind.commit || failed;
    if (isLive && !this.#busy && stale && performance.now() - at > (at ? AGAIN_MS : 0)) this.#preview();
  }

  #allow(reason) {
    const { button, off } = this.#nodes;
    write(off, reason);
    button.disabled = Boolean(reason) || this.#busy || this.#previewed.failed;
  }

  #wish() {
    const [maxInstances, resourcePerInstance] = this.#nodes.fields.map(({ value }) => {
      const text = value.trim();
      // What is no number goes to the server as it is, for its refusal to name it.
      return text === "" ? null : /^\d{1,15}$/.test(text) ? Number(text) : text;
    });
    return { maxInstances, resourcePerInstance };
  }

  async #preview() {
    const turn = ++this.#turn;
    this.#previewed = { commit: this.#kind.commit, at: performance.now(), failed: false };
    try {
      const plan = await post(`${this.#url()}?dryRun=true`, this.#wish());
      if (turn !== this.#turn) return;
      write(this.#nodes.button, t("orchestrate.button", { moves: number(plan.moves) }));
      this.#nodes.button.disabled = this.#busy;
      this.#nodes.preview.replaceChildren(outline(plan, "preview"));
    } catch (failure) {
      if (turn !== this.#turn) return;
      this.#previewed.failed = true;
      this.#nodes.button.disabled = true;
      write(this.#nodes.button, t("orchestrate"));
      this.#nodes.preview.replaceChildren(refusal(failure));
    }
  }

  async #apply() {
    this.#busy = true;
    this.#turn += 1;
    this.#nodes.button.disabled = true;
    try {
      this.#nodes.result.replaceChildren(result(await post(this.#url(), this.#wish())));
    } catch (failure) {
      this.#nodes.result.replaceChildren(refusal(failure));
    }
    this.#busy = false;
    this.#nodes.preview.replaceChildren();
    this.dispatchEvent(new Event("sw-orchestrated", { bubbles: true }));
    await this.#preview();
  }

  #url() {
    return path`/v1/api/orchestrations/${this.#kind.kind}/orchestrate`;
  }

  #draw() {
    const soon = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#preview(), PAUSE_MS);
    };
    const field = (name) =>
      el("input", { inputmode: "numeric", autocomplete: "off", maxlength: 20, name, oninput: soon });
    const nodes = {
      fields: [field("maxInstances"), field("resourcePerInstance")],
      button: el("button", { type: "submit", class: "primary", disabled: true }, t("orchestrate")),
      off: el("span", { class: "off" }),
      preview: el("div", { class: "preview", "aria-live": "polite" }),
      result: el("div", { class: "result", "aria-live": "polite" }),
    };
    const submit = (event) => {
      event.preventDefault();
      if (!nodes.button.disabled) this.#apply();
    };
    const labels = [t("field.maxInstances"), t("field.resourcePerInstance")];
    const fields = nodes.fields.map((input, index) => el("label", {}, el("span", {}, labels[index]), input));
    this.append(el("form", { onsubmit: submit }, ...fields, nodes.button, nodes.off, nodes.preview), nodes.result);
    return nodes;
  }
}

function outline(plan, group) {
  const difference = plan.shards.after - plan.shards.before;
  const facts = [
    t("plan.shards", { before: number(plan.shards.before), after: number(plan.shards.after), by: signed(difference) }),
    t("plan.load", { before: range(plan.load.before), after: range(plan.load.after) }),
  ];
  if (plan.created.length) facts.push(t("plan.created", { n: number(plan.created.length) }));
  if (plan.draining.length) facts.push(t("plan.draining", { shards: plan.draining.join(", ") }));
  if (plan.placed) facts.push(t("plan.placed", { n: number(plan.placed) }));
  return el("span", { class: group }, facts.join(" · "));
}

const range = ([least, most]) => (least === most ? number(least) : `${number(least)}–${number(most)}`);

function result(plan) {
  const headline = plan.changed
    ? t("result.changed", { moves: number(plan.moves), plan: plan.planId ?? "–" })
    : t("result.unchanged", { reason: code("reason", plan.reason) });
  const moves = document.createElement("sw-moves");
  moves.show(plan.movesByPair);
  return el("div", { class: "done" }, el("b", {}, headline), outline(plan, "quiet"), moves);
}

function refusal(failure) {
  const lines = failure instanceof Refusal ? failure.reasons : [t("unreachable", { detail: failure.message })];
  const tail = failure instanceof Refusal && failure.status >= 500 && failure.requestId ? ` (${failure.requestId})` : "";
  return el("div", { class: "refused" }, ...lines.map((line) => el("p", {}, line + tail)));
}

customElements.define("sw-orchestrate", Orchestrate);
