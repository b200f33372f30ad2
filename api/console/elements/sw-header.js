import { send } from "../lib/api.js";
import { Element, h, mark, write } from "../lib/dom.js";
import { age, chooseUtc, isUtc, offset } from "../lib/format.js";
import { choose, languageChosen, t } from "../lib/i18n.js";
import { page, refresh } from "../lib/router.js";
import { session } from "../lib/session.js";
import { state } from "../lib/state.js";
import { onTick } from "../lib/tick.js";
import { keyed } from "../lib/dom.js";
import "./sw-search.js";

// Where one is, who answers, how old what the page shows is, and who looks at it.
class Header extends Element {
  #nodes = null;

  connected(signal) {
    onTick(() => this.show(), signal);
    addEventListener("sw-routed", () => this.#here(), { signal });
    document.addEventListener("keydown", (event) => shortcut(event), { signal });
    session.addEventListener("change", () => this.show(), { signal });
    this.show();
  }

  show() {
    this.#nodes ??= this.#draw();
    const { live, brand, who, out } = this.#nodes;
    const { overview, isLive, age: heard } = state;
    mark(live, "data-live", String(isLive));
    write(live, isLive ? t("live", { age: age(heard) }) : t("live.not", { age: age(heard) }));
    const epoch = overview?.epoch ?? "–";
    const values = { holder: overview?.holder ?? "–", epoch, version: overview?.version ?? "–" };
    mark(brand, "title", overview ? t(overview.leader ? "leader" : "leader.not", values) : null);
    write(who, session.name === null || session.mode === "open" ? "" : `${session.name} · ${t(`role.${session.role}`)}`);
    out.hidden = session.mode === "open" || session.name === null;
    this.#kinds(overview?.kinds ?? []);
  }

  #kinds(kinds) {
    const links = [
      { href: page`/`, text: t("nav.overview") },
      ...kinds.map(({ kind }) => ({ href: page`/kinds/${kind}`, text: kind })),
      { href: page`/instances`, text: t("nav.instances") },
      { href: page`/events`, text: t("nav.events") },
      { href: page`/system`, text: t("nav.system") },
    ];
    const before = this.#nodes.nav.childElementCount;
    keyed(this.#nodes.nav, links, ({ href }) => href, ({ href, text }) => h("a", { href }, text));
    if (this.#nodes.nav.childElementCount !== before) this.#here();
  }

  #here() {
    const here = location.pathname;
    for (const link of this.#nodes.nav.children) {
      const path = new URL(link.href).pathname;
      const isHere = path === page`/` ? here === path : here === path || here.startsWith(`${path}/`);
      mark(link, "aria-current", isHere ? "page" : null);
    }
    this.dataset.overview = here === page`/`;
    this.hidden = here === page`/sign-in`;
  }

  #draw() {
    const other = languageChosen() === "zh" ? "en" : "zh";
    const plain = { type: "button", class: "bare" };
    const clocks = () => (chooseUtc(!isUtc()), write(this.#nodes.zone, offset()), refresh());
    const signOut = async () => {
      await send("DELETE", "/v1/api/session").catch(() => null);
      await session.load();
    };
    const nodes = {
      brand: h("a", { class: "brand", href: page`/` }, "Shardwright"),
      nav: h("nav", { "aria-label": t("nav") }),
      live: h("span", { class: "live", role: "status" }),
      zone: h("button", { ...plain, title: t("zone"), onclick: clocks }, offset()),
      who: h("span", { class: "who quiet" }),
      out: h("button", { ...plain, hidden: true, onclick: signOut }, t("sign-out")),
    };
    const language = h(
      "button",
      { ...plain, lang: other, "data-language": other, onclick: () => choose(other) },
      other === "zh" ? "中文" : "English",
    );
    const right = h("div", { class: "right" }, nodes.live, nodes.zone, language, nodes.who, nodes.out);
    this.setAttribute("role", "banner");
    this.append(nodes.brand, nodes.nav, h("sw-search", { class: "small" }), right);
    return nodes;
  }
}

// "/" goes to the question from anywhere.
function shortcut(event) {
  const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const wanted = [...document.querySelectorAll("sw-search")].find((one) => one.checkVisibility());
  if (!wanted) return;
  event.preventDefault();
  wanted.focusInput();
}

customElements.define("sw-header", Header);
