import { Element, h } from "../lib/dom.js";
import { formOf, labelled } from "../lib/form.js";
import { t } from "../lib/i18n.js";
import "./sw-action.js";
import { quote } from "./sw-recipe.js";

// The way back from a plan is a plan of its own, with a reason, reviewed like any other.
// show({may, busy, recipe}); "sw-undo" with detail {reason}.
class Undo extends Element {
  #nodes = null;
  #given = null;

  show(given) {
    this.#given = given;
    this.#nodes ??= this.#draw();
    this.#check();
  }

  focusReason() {
    this.#nodes.reason.focus();
  }

  #check() {
    const { may, busy, recipe } = this.#given;
    const note = this.#nodes.reason.value.trim();
    const off = { ok: false, why: t("undo.reason.missing") };
    const filled = recipe && { ...recipe, body: { note }, cli: `${recipe.cli} --reason ${quote(note)}` };
    this.#nodes.action.show({
      label: t("undo.plan"),
      may: may.ok && !note ? off : may,
      busy,
      recipe: note ? filled : null,
    });
  }

  #draw() {
    const nodes = {
      reason: h("input", { type: "text", name: "reason", maxlength: 200, autocomplete: "off" }),
      action: document.createElement("sw-action"),
    };
    const tell = () => {
      const detail = { reason: nodes.reason.value.trim() };
      this.dispatchEvent(new CustomEvent("sw-undo", { bubbles: true, detail }));
    };
    nodes.action.addEventListener("sw-act", tell);
    this.append(
      h("h2", {}, t("undo")),
      h("p", { class: "quiet" }, t("undo.what")),
      formOf(
        nodes.action,
        { oninput: () => this.#check() },
        labelled(t("reason"), nodes.reason, { class: "wide" }),
        nodes.action,
      ),
    );
    return nodes;
  }
}

customElements.define("sw-undo", Undo);
