import { Element, h } from "../lib/dom.js";
import { formOf, labelled } from "../lib/form.js";
import { t } from "../lib/i18n.js";
import "./sw-action.js";
import { quote } from "./sw-recipe.js";

// Going beyond a limit: the id of the plan typed once more, and a reason; both stand in the journal afterwards.
// show({planId, label, may, busy, recipe}); "sw-override" with detail {override, reason}.
class Override extends Element {
  #nodes = null;
  #given = null;

  show(given) {
    this.#given = given;
    this.#nodes ??= this.#draw();
    this.#check();
  }

  #check() {
    const { planId, label, may, busy, recipe } = this.#given;
    const { typed, reason, action } = this.#nodes;
    const isTyped = typed.value.trim() === planId;
    const why = !isTyped
      ? t("override.typed", { plan: planId })
      : reason.value.trim()
        ? ""
        : t("override.reason.missing");
    const body = { override: planId, reason: reason.value.trim() };
    const cli = `${recipe.cli} --override ${planId} --reason ${quote(body.reason)}`;
    const filled = why ? null : { ...recipe, body, cli };
    action.show({ label, may: may.ok && why ? { ok: false, why } : may, tone: "danger", busy, recipe: filled });
  }

  #draw() {
    const given = { type: "text", autocomplete: "off", spellcheck: "false" };
    const nodes = {
      typed: h("input", { ...given, name: "override", maxlength: 40 }),
      reason: h("input", { ...given, name: "reason", maxlength: 200 }),
      action: document.createElement("sw-action"),
    };
    const tell = () => {
      const detail = { override: nodes.typed.value.trim(), reason: nodes.reason.value.trim() };
      this.dispatchEvent(new CustomEvent("sw-override", { bubbles: true, detail }));
    };
    nodes.action.addEventListener("sw-act", tell);
    this.append(
      h("p", { class: "beyond" }, t("override.why")),
      formOf(
        nodes.action,
        { oninput: () => this.#check() },
        labelled(t("override.id", { plan: this.#given.planId }), nodes.typed),
        labelled(t("reason"), nodes.reason, { class: "wide" }),
        nodes.action,
      ),
    );
    return nodes;
  }
}

customElements.define("sw-override", Override);
