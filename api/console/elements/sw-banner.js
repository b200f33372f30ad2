import { el } from "../lib/dom.js";
import { roughAge } from "../lib/format.js";
import { t } from "../lib/i18n.js";

// What stops and what goes on while something we lean on is away.
class Banner extends HTMLElement {
  #shown = "";

  show(state, elapsed) {
    const lines = this.#lines(state, elapsed);
    const text = lines.join("\n");
    if (text === this.#shown) return;
    this.#shown = text;
    this.setAttribute("role", "alert");
    this.hidden = !lines.length;
    this.replaceChildren(...lines.map((line) => el("p", {}, line)));
  }

  #lines({ overview, failure, isLive, isOutdated, age: heard }, elapsed) {
    if (!overview) return failure ? [t("banner.first", { detail: failure.message })] : [];
    const lines = isLive ? [] : [t("banner.cut", { age: roughAge(heard) })];
    if (isOutdated) lines.push(t("banner.outdated"));
    for (const one of overview.dependencies) {
      if (one.ok !== false) continue;
      const away = one.age === null ? "–" : roughAge(one.age + elapsed);
      lines.push(t("banner.away", { name: one.name, age: away, detail: one.detail, effect: one.effect }));
    }
    for (const kind of overview.kinds) {
      for (const alarm of kind.alarms) lines.push(`${kind.kind}: ${alarm}`);
      if (kind.held) lines.push(t("banner.held", { kind: kind.kind, n: kind.held.count }));
    }
    return lines;
  }
}

customElements.define("sw-banner", Banner);
