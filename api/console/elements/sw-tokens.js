import { get, path, post, send } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { formOf, labelled } from "../lib/form.js";
import { since } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { session } from "../lib/session.js";
import { ago, trouble } from "../lib/view.js";
import { confirm } from "./sw-confirm.js";
import "./sw-action.js";
import "./sw-table.js";

const DAY_S = 86_400;
const URL_ = "/v1/api/tokens";

// One's own API tokens. The secret of a new one is shown once, and kept nowhere.
class Tokens extends Element {
  #nodes = null;

  connected() {
    this.#nodes ??= this.#draw();
    this.#load();
  }

  async #load() {
    const { table, box, make } = this.#nodes;
    const isOpen = session.mode === "open";
    make.show({ label: t("token.make"), may: isOpen ? { ok: false, why: t("token.open") } : { ok: true, why: "" } });
    if (isOpen) return;
    try {
      const { items } = await get(URL_);
      table.show({
        columns: this.#columns(),
        rows: items,
        keyOf: ({ id }) => id,
        empty: t("token.none"),
        caption: t("tokens"),
      });
      box.replaceChildren(table);
    } catch (failure) {
      box.replaceChildren(trouble(failure, () => this.#load()));
    }
  }

  async #make() {
    const { name, days, made } = this.#nodes;
    try {
      const { token } = await post(URL_, { name: name.value.trim(), expiresIn: Number(days.value) * DAY_S });
      made.replaceChildren(h("p", {}, t("token.made"), " ", h("sw-id", { show: [token] })));
      name.value = "";
      await this.#load();
    } catch (failure) {
      made.replaceChildren(trouble(failure, () => this.#make()));
    }
  }

  async #revoke({ id, name }) {
    const asked = {
      title: t("token.revoke.title", { name }),
      effects: [t("token.revoke.effect")],
      verb: t("token.revoke"),
      tone: "danger",
    };
    if (!(await confirm(asked))) return;
    await send("DELETE", path`/v1/api/tokens/${id}`).catch((failure) =>
      this.#nodes.made.replaceChildren(trouble(failure, () => this.#load())),
    );
    await this.#load();
  }

  #columns() {
    return [
      { key: "name", label: t("token.name"), cell: ({ name }) => h("bdi", {}, name) },
      { key: "grants", label: t("token.grants"), cell: ({ grants }) => grants.join(", ") },
      { key: "expires", label: t("token.expires"), cell: ({ expiresAt }) => since(expiresAt) },
      { key: "used", label: t("token.used"), cell: ({ lastUsedAt }) => (lastUsedAt === null ? "–" : ago(lastUsedAt)) },
      { key: "state", label: "", cell: (one) => (one.revokedAt === null ? this.#button(one) : t("token.revoked")) },
    ];
  }

  #button(one) {
    return h("button", { type: "button", class: "plain", onclick: () => this.#revoke(one) }, t("token.revoke"));
  }

  #draw() {
    const nodes = {
      table: document.createElement("sw-table"),
      box: h("div"),
      made: h("div", { "aria-live": "polite" }),
      name: h("input", { type: "text", name: "token-name", maxlength: 64, autocomplete: "off" }),
      days: h("input", { type: "number", name: "token-days", min: 1, max: 365, value: 30 }),
      make: h("sw-action", { "onsw-act": () => this.#make() }),
    };
    this.append(
      h("h2", {}, t("tokens")),
      nodes.box,
      nodes.made,
      formOf(nodes.make, {}, labelled(t("token.name"), nodes.name), labelled(t("token.days"), nodes.days), nodes.make),
    );
    return nodes;
  }
}

customElements.define("sw-tokens", Tokens);
