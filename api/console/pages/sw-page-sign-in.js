import { send } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { labelled } from "../lib/form.js";
import { choose, languageChosen, t } from "../lib/i18n.js";
import { go, page } from "../lib/router.js";
import { session } from "../lib/session.js";
import { trouble } from "../lib/trouble.js";

// Who are you? A name and its password, or a token; the answer is a cookie that no script can read.
class PageSignIn extends Element {
  #said = null;

  connected(signal) {
    document.title = `${t("sign-in")} · Shardwright`;
    session.addEventListener("change", () => this.#leave(), { signal });
    this.#draw();
    this.#leave();
    this.querySelector("input")?.focus();
  }

  // Back to where the question came up; to a page of ours and to nowhere else.
  #leave() {
    if (!session.known || session.isSignedOut) return;
    const wanted = this.query.get("next") ?? "";
    const url = new URL(wanted.startsWith("/") ? wanted : page`/`, location.origin);
    const isOurs = url.origin === location.origin && url.pathname.startsWith(page`/`) && url.pathname !== page`/sign-in`;
    go(isOurs ? url.pathname + url.search : page`/`, { replace: true });
  }

  async #submit(event, fields) {
    event.preventDefault();
    const { elements } = event.target;
    const body = Object.fromEntries(fields.map((name) => [name, elements[name].value]));
    const button = event.target.querySelector("button");
    button.disabled = true;
    try {
      await send("POST", "/v1/api/session", body);
      await session.load();
    } catch (failure) {
      this.#said.replaceChildren(trouble(failure));
      button.disabled = false;
      elements[fields.at(-1)].select();
    }
  }

  #draw() {
    const other = languageChosen() === "zh" ? "en" : "zh";
    this.#said = h("div", { "aria-live": "assertive" });
    const field = (name, type, autocomplete) =>
      labelled(t(`sign-in.${name}`), h("input", { name, type, autocomplete, required: true, maxlength: 4096, spellcheck: "false" }));
    const form = (fields, ...inner) => h("form", { class: "stack", onsubmit: (event) => this.#submit(event, fields) }, ...inner);
    const enter = (kind) => h("button", { type: "submit", class: kind }, t("sign-in.button"));
    const ways = session.signIn;
    this.append(
      h(
        "section",
        { class: "card" },
        h("h1", {}, "Shardwright"),
        this.#said,
        ways.includes("password") && form(["name", "password"], field("name", "text", "username"), field("password", "password", "current-password"), enter("primary")),
        ways.includes("token") && h("details", { open: !ways.includes("password") }, h("summary", {}, t("sign-in.by-token")), form(["token"], field("token", "password", "off"), enter("plain"))),
        ways.includes("oidc") && h("p", { class: "quiet" }, t("sign-in.oidc")),
        h("p", { class: "quiet" }, t("sign-in.first")),
        h("button", { type: "button", class: "bare", lang: other, "data-language": other, onclick: () => choose(other) }, other === "zh" ? "中文" : "English"),
      ),
    );
  }
}

customElements.define("sw-page-sign-in", PageSignIn);
