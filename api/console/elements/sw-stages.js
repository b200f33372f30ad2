import { Element, h } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { status } from "../lib/view.js";

const STAGES = ["notified", "seen", "committed", "acknowledged"];

// How far an id is on its way to whoever serves it: notified, seen, committed, acknowledged. show(resource, kind).
class Stages extends Element {
  show(one, kind) {
    const reached = reach(one);
    const generation =
      one.generation === null
        ? ""
        : t("stage.generation", { n: number(one.generation), ack: number(one.acknowledged) });
    const isDeclared = kind?.exclusive === false;
    const steps = STAGES.map((name, index) => {
      const isReached = index < reached;
      const isNext = index === reached;
      const shape = isReached ? "yes" : isNext ? "moving" : "unknown";
      return h("li", { class: [isReached && "reached", isNext && "next"] }, status(shape, name, "way"));
    });
    this.setAttribute("aria-label", t("way"));
    this.replaceChildren(
      h("ol", {}, ...steps),
      h("span", { class: "quiet" }, isDeclared ? t("way.declared") : generation),
    );
  }
}

function reach(one) {
  if (one.shard === null) return one.inCatalog === false ? 1 : 2;
  if (one.acknowledged !== null && one.acknowledged >= (one.generation ?? 0) && one.state === "owned") return 4;
  return 3;
}

customElements.define("sw-stages", Stages);
