import { path } from "../lib/api.js";
import { Element, h, write } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { mayChange } from "../lib/roles.js";
import { confirm } from "./sw-confirm.js";
import "./sw-action.js";
import "./sw-age.js";
import "./sw-id.js";
import { quote } from "./sw-recipe.js";

// Removals that wait for a person: how many, since when, some of them by name. show(kind); "sw-accept" with detail
// {digest, count} when somebody has said yes to exactly this set.
class Held extends Element {
  #nodes = null;
  #kind = null;

  show(kind) {
    this.#kind = kind;
    this.hidden = !kind.held;
    if (!kind.held) return;
    this.#nodes ??= this.#draw();
    const { title, why, since, sample, action } = this.#nodes;
    const { count, reason, digest, since: at } = kind.held;
    write(title, t("issue.held", { n: number(count) }));
    write(why, code("reason", reason));
    since.showAt(at);
    if (sample.dataset.digest !== digest) {
      sample.dataset.digest = digest;
      sample.replaceChildren(...kind.held.sample.map((id) => h("li", {}, h("sw-id", { show: [id, { copy: false }] }))));
    }
    const url = path`/v1/api/kinds/${kind.kind}/removals/accept`;
    action.show({
      label: t("held.accept", { n: number(count) }),
      may: mayChange("admin", kind.kind),
      tone: "danger",
      recipe: {
        method: "POST",
        path: url,
        body: { digest, count },
        cli: `shardwright removals accept ${quote(kind.kind)} --digest ${quote(digest)} --count ${count}`,
      },
    });
  }

  async #ask() {
    const { kind, held } = this.#kind;
    const effects = [t("held.effect", { n: number(held.count), kind }), t("held.effect.back")];
    const said = await confirm({ title: t("held.title"), effects, verb: t("held.accept", { n: number(held.count) }), tone: "danger" });
    if (!said) return;
    const detail = { digest: held.digest, count: held.count };
    this.dispatchEvent(new CustomEvent("sw-accept", { detail, bubbles: true }));
  }

  #draw() {
    const nodes = {
      title: h("h2"),
      why: h("span", { class: "quiet" }),
      since: document.createElement("sw-age"),
      sample: h("ul", { class: "sample" }),
      action: document.createElement("sw-action"),
    };
    nodes.action.addEventListener("sw-act", () => this.#ask());
    this.append(h("div", { class: "heading" }, nodes.title, nodes.why, nodes.since), nodes.sample, nodes.action);
    return nodes;
  }
}

customElements.define("sw-held", Held);
