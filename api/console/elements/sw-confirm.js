import { h } from "../lib/dom.js";
import { labelled } from "../lib/form.js";
import { t } from "../lib/i18n.js";

// Asks before what reaches far, and says what it does. Answers null (left) or {reason}.
//
// confirm({title, effects: ["4,481 ids to 91 shards"], verb: "Restart", tone: "danger", typed: "p-7f3a91", reason:
// true}): with `typed` that text must be written first, with `reason` a reason too.
export function confirm(asked) {
  const one = document.createElement("sw-confirm");
  document.body.append(one);
  return one.ask(asked);
}

class Confirm extends HTMLElement {
  ask({ title, effects = [], verb, tone = "primary", typed = null, reason = false }) {
    const { promise, resolve } = Promise.withResolvers();
    const attributes = { type: "text", autocomplete: "off", spellcheck: "false" };
    const word = typed === null ? null : h("input", { ...attributes, name: "typed" });
    const why = reason ? h("input", { ...attributes, name: "reason", maxlength: 500 }) : null;
    const go = h("button", { type: "submit", class: tone }, verb);
    const check = () => {
      go.disabled = (word !== null && word.value !== typed) || (why !== null && !why.value.trim());
    };
    const end = (answer) => {
      dialog.close();
      this.remove();
      resolve(answer);
    };
    const submit = (event) => {
      event.preventDefault();
      if (!go.disabled) end({ reason: why?.value.trim() ?? "" });
    };
    const dialog = h(
      "dialog",
      { "aria-labelledby": "confirm-title", oncancel: (event) => (event.preventDefault(), end(null)) },
      h(
        "form",
        { onsubmit: submit, oninput: check },
        h("h2", { id: "confirm-title" }, title),
        h("ul", { class: "effects" }, ...effects.map((effect) => h("li", {}, effect))),
        word && labelled(t("confirm.typed", { text: typed }), word),
        why && labelled(t("confirm.reason"), why),
        h(
          "div",
          { class: "buttons" },
          h("button", { type: "button", class: "plain", onclick: () => end(null) }, t("confirm.leave")),
          go,
        ),
      ),
    );
    this.append(dialog);
    check();
    dialog.showModal();
    return promise;
  }
}

customElements.define("sw-confirm", Confirm);
