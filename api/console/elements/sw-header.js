import { el, write } from "../lib/dom.js";
import { age } from "../lib/format.js";
import { choose, languageChosen, t } from "../lib/i18n.js";
import "./sw-status.js";

// Who answers, and how old what the page shows is.
class Header extends HTMLElement {
  #nodes = null;

  show({ overview, isLive, age: heard }) {
    this.#nodes ??= this.#draw();
    const { live, leader, version } = this.#nodes;
    live.dataset.live = isLive;
    write(live, isLive ? t("live", { age: age(heard) }) : t("live.not", { age: age(heard) }));
    if (!overview) return;
    const epoch = overview.epoch === null ? "–" : overview.epoch;
    write(leader, t(overview.leader ? "leader" : "leader.not", { holder: overview.holder, epoch }));
    write(version, overview.version);
  }

  #draw() {
    const other = languageChosen() === "zh" ? "en" : "zh";
    const nodes = {
      live: el("span", { class: "live", role: "status" }),
      leader: el("span", { class: "quiet leader" }),
      version: el("span", { class: "quiet version" }),
    };
    const language = el(
      "button",
      { type: "button", class: "plain", lang: other, "data-language": other, onclick: () => choose(other) },
      other === "zh" ? "中文" : "English",
    );
    this.setAttribute("role", "banner");
    this.append(el("h1", {}, "Shardwright"), nodes.version, nodes.live, nodes.leader, language);
    return nodes;
  }
}

customElements.define("sw-header", Header);
