import { el, write } from "../lib/dom.js";
import { number, roughAge } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import "./sw-status.js";

const SHAPES = { yes: "yes", moving: "moving", no: "lost", unknown: "unknown" };
const PLACES = ["owned", "arriving", "moving", "held", "unowned", "quarantined"];

// Does everything of a kind have its owner? The sum below shows where each id stands.
class Verdict extends HTMLElement {
  #nodes = null;

  show(kind, elapsed, isLive) {
    this.#nodes ??= this.#draw();
    const verdict = isLive ? kind.verdict : "unknown";
    const { counts } = kind;
    const audit = kind.auditedAge === null ? null : kind.auditedAge + elapsed;
    this.dataset.verdict = verdict;
    this.#nodes.status.show(SHAPES[verdict], verdict, "verdict");
    write(this.#nodes.sentence, this.#sentence(kind, verdict, audit));
    write(this.#nodes.total, number(counts.catalog === null ? null : counts.catalog + counts.held));
    for (const place of PLACES) {
      const { part, value } = this.#nodes.places[place];
      write(value, number(counts[place]));
      part.classList.toggle("none", counts[place] === 0);
    }
    write(this.#nodes.audit, audit === null ? t("audit.none") : t("audit.age", { age: roughAge(audit) }));
  }

  #sentence(kind, verdict, audit) {
    const { counts } = kind;
    const values = { kind: kind.kind, n: number(counts.catalog) };
    if (verdict === "no") return t("sentence.no", { ...values, unowned: number(counts.unowned + counts.quarantined) });
    if (verdict === "moving") {
      return t("sentence.moving", { ...values, moving: number(counts.arriving + counts.moving) });
    }
    if (verdict === "unknown") {
      return audit === null ? t("sentence.unknown.never", values) : t("sentence.unknown", values);
    }
    return t(kind.exclusive ? "sentence.yes" : "sentence.declared", values);
  }

  #draw() {
    const places = {};
    const sum = [];
    for (const place of PLACES) {
      const value = el("b");
      const part = el("span", { class: `part ${place}` }, value, ` ${t(`place.${place}`)}`);
      places[place] = { part, value };
      sum.push(part);
    }
    const nodes = {
      status: document.createElement("sw-status"),
      sentence: el("span", { class: "sentence" }),
      total: el("b"),
      audit: el("span", { class: "quiet audit" }),
      places,
    };
    this.append(
      el("div", { class: "answer" }, nodes.status, nodes.sentence),
      el("div", { class: "sum" }, el("span", { class: "part" }, nodes.total, " ="), ...sum, nodes.audit),
    );
    return nodes;
  }
}

customElements.define("sw-verdict", Verdict);
