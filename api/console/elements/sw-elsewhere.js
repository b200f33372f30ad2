import { path } from "../lib/api.js";
import { Element, h, write } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { mayChange } from "../lib/roles.js";
import { confirm } from "./sw-confirm.js";
import "./sw-action.js";
import { quote } from "./sw-recipe.js";

// The store names another place of the instances than the leader has. show(kind); "sw-here" with detail {insteadOf}
// when somebody has said that nothing runs there any more.
class Elsewhere extends Element {
  #nodes = null;
  #kind = null;

  show(kind) {
    this.#kind = kind;
    this.hidden = !kind.placeHere;
    if (this.hidden) return;
    this.#nodes ??= this.#draw();
    const { title, there, here, action } = this.#nodes;
    write(title, t("elsewhere", { kind: kind.kind }));
    write(there, kind.place);
    write(here, kind.placeHere);
    action.show({
      label: t("elsewhere.accept"),
      may: mayChange("admin", kind.kind),
      tone: "danger",
      recipe: {
        method: "POST",
        path: path`/v1/api/kinds/${kind.kind}/place/accept`,
        body: { insteadOf: kind.place },
        cli: `shardwright place accept ${quote(kind.kind)} --instead-of ${quote(kind.place)}`,
      },
    });
  }

  async #ask() {
    // What is agreed to is what was shown, whatever is shown by then.
    const { kind, place: there, placeHere: here } = this.#kind;
    const effects = [
      t("elsewhere.effect", { here, kind }),
      t("elsewhere.effect.twice", { there }),
      t("elsewhere.effect.refused"),
    ];
    const asked = { title: t("elsewhere.title", { kind }), effects, verb: t("elsewhere.accept"), tone: "danger", typed: kind };
    if (!(await confirm(asked))) return;
    this.dispatchEvent(new CustomEvent("sw-here", { detail: { insteadOf: there }, bubbles: true }));
  }

  #draw() {
    const nodes = {
      title: h("h2"),
      there: h("code"),
      here: h("code"),
      action: document.createElement("sw-action"),
    };
    nodes.action.addEventListener("sw-act", () => this.#ask());
    const row = (name, value) => h("p", {}, h("span", { class: "quiet" }, name), " ", value);
    this.append(
      nodes.title,
      row(t("elsewhere.said"), nodes.there),
      row(t("elsewhere.here"), nodes.here),
      h("p", {}, t("elsewhere.why")),
      nodes.action,
    );
    return nodes;
  }
}

customElements.define("sw-elsewhere", Elsewhere);
