import { effectOf } from "../lib/dependency.js";
import { Element, h } from "../lib/dom.js";
import { clock, number, roughAge } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { grown } from "../lib/patch.js";
import { session } from "../lib/session.js";
import { state } from "../lib/state.js";
import { onTick } from "../lib/tick.js";

// What stops and what goes on while something we lean on is away; since when the figures are as they are.
class Banner extends Element {
  #shown = "";

  connected(signal) {
    onTick(() => this.show(), signal);
  }

  show() {
    const lines = this.#lines();
    const text = lines.join("\n");
    document.documentElement.classList.toggle("stale", !state.isLive || Boolean(state.overview?.stale));
    if (text === this.#shown) return;
    this.#shown = text;
    this.setAttribute("role", "alert");
    this.hidden = !lines.length;
    this.replaceChildren(...lines.map((line) => h("p", {}, line)));
  }

  #lines() {
    const { overview, failure, isLive, isOutdated, age: heard } = state;
    if (session.isSignedOut) return [];
    if (!overview) return failure ? [t("banner.first", { detail: failure.message })] : [];
    const lines = isLive ? [] : [t("banner.cut", { age: roughAge(heard), at: clock(Date.now() / 1000 - heard) })];
    if (isOutdated) lines.push(t("banner.outdated"));
    if (isLive && overview.stale) lines.push(t("banner.stale", { age: roughAge(overview.standing.age), why: overview.standing.why }));
    for (const one of overview.dependencies) {
      if (one.ok !== false) continue;
      const away = grown(one.age, one.heard);
      const at = away === null ? "–" : clock(Date.now() / 1000 - away);
      const waiting = overview.kinds.reduce((sum, { counts }) => sum + counts.arriving + counts.unowned, 0);
      const values = { name: one.name, age: roughAge(away), at, detail: one.detail || one.effect, effect: effectOf(one), n: number(waiting) };
      lines.push(t(one.name.startsWith("store") ? "banner.store" : "banner.away", values));
    }
    return lines;
  }
}

customElements.define("sw-banner", Banner);
