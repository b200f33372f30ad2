import { Element, h, write } from "../lib/dom.js";
import { t } from "../lib/i18n.js";

const MOST = 500;
const NEAR_PX = 24;

// What an instance wrote, the newest below. It follows until somebody scrolls up, and again once the end is in sight.
// write(lines); clear(); trouble(text, command): why there are none, and the line that shows them elsewhere.
class Logs extends Element {
  #nodes = null;
  #follows = true;

  connected() {
    this.#nodes ??= this.#draw();
  }

  get follows() {
    return this.#follows;
  }

  write(lines) {
    if (!lines.length) return;
    const { box, none } = this.#nodes;
    none.hidden = true;
    box.append(...lines.slice(-MOST).map((line) => h("div", {}, line)));
    while (box.childElementCount > MOST) box.firstElementChild.remove();
    if (this.#follows) this.#toEnd();
  }

  clear() {
    this.#nodes.box.replaceChildren();
    this.#nodes.none.hidden = false;
    this.#nodes.trouble.replaceChildren();
  }

  trouble(text, command = null) {
    const lines = text ? [h("p", { class: "refused", lang: "en" }, text)] : [];
    if (text && command) lines.push(h("p", {}, t("logs.else"), " ", h("code", {}, command)));
    this.#nodes.trouble.replaceChildren(...lines);
  }

  #toEnd() {
    const { box } = this.#nodes;
    box.scrollTop = box.scrollHeight;
  }

  #setFollow(wanted) {
    this.#follows = wanted;
    this.#nodes.follow.setAttribute("aria-pressed", String(wanted));
    write(this.#nodes.follow, t(wanted ? "logs.following" : "logs.follow"));
    if (wanted) this.#toEnd();
  }

  #draw() {
    const nodes = {
      follow: h(
        "button",
        { type: "button", class: "plain", "aria-pressed": "true", onclick: () => this.#setFollow(!this.#follows) },
        t("logs.following"),
      ),
      box: h("div", { class: "lines", tabindex: 0, role: "log", "aria-label": t("logs"), "aria-live": "off" }),
      none: h("p", { class: "quiet" }, t("logs.none")),
      trouble: h("div", { role: "alert" }),
    };
    nodes.box.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = nodes.box;
      const isAtEnd = scrollHeight - clientHeight - scrollTop < NEAR_PX;
      if (isAtEnd !== this.#follows) this.#setFollow(isAtEnd);
    });
    this.append(h("div", { class: "heading" }, nodes.follow), nodes.trouble, nodes.none, nodes.box);
    return nodes;
  }
}

customElements.define("sw-logs", Logs);
