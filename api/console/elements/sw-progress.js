import { h, mark, svg, write } from "../lib/dom.js";
import { age, number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { isOver } from "../lib/plans.js";

const PARTS = ["done", "moving", "waiting", "failed", "dropped"];
const WIDTH = 100;

// How far a plan has come; once it is over, what was foreseen against what came of it.
class Progress extends HTMLElement {
  #nodes = null;

  show(plan, begunAt = null) {
    this.#nodes ??= this.#draw();
    const { moves, progress } = plan;
    const settled = moves - progress.moving - progress.waiting;
    mark(this.#nodes.bar, "aria-valuenow", settled);
    mark(this.#nodes.bar, "aria-valuemax", moves);
    let from = 0;
    for (const part of PARTS) {
      const width = moves ? (WIDTH * progress[part]) / moves : 0;
      mark(this.#nodes.rects[part], "x", from.toFixed(2));
      mark(this.#nodes.rects[part], "width", width.toFixed(2));
      from += width;
      write(this.#nodes.counts[part], number(progress[part]));
      this.#nodes.counts[part].parentElement.classList.toggle("none", !progress[part]);
    }
    write(this.#nodes.result, isOver(plan) ? outcome(plan, begunAt) : "");
  }

  #draw() {
    const rects = {};
    const counts = {};
    for (const part of PARTS) {
      rects[part] = svg("rect", { class: `part-${part}`, height: 8 });
      counts[part] = h("b");
    }
    const nodes = {
      rects,
      counts,
      bar: h(
        "div",
        { role: "progressbar", "aria-valuemin": 0, "aria-label": t("progress") },
        svg(
          "svg",
          { viewBox: `0 0 ${WIDTH} 8`, preserveAspectRatio: "none", "aria-hidden": "true" },
          ...Object.values(rects),
        ),
      ),
      result: h("p", { class: "outcome" }),
    };
    const items = PARTS.map((part) => h("li", { class: `part-${part}` }, counts[part], ` ${t(`progress.${part}`)}`));
    this.append(nodes.bar, h("ul", { class: "parts" }, ...items), nodes.result);
    return nodes;
  }
}

function outcome(plan, begunAt) {
  const values = { moves: number(plan.moves), done: number(plan.progress.done), foreseen: age(plan.handOff.seconds) };
  if (begunAt === null || plan.stage !== "done") return t("progress.outcome", values);
  return t("progress.outcome.time", { ...values, took: age(Math.max(0, plan.stageAt - begunAt)) });
}

customElements.define("sw-progress", Progress);
