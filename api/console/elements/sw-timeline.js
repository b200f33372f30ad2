import { Element, h, svg } from "../lib/dom.js";
import { clock, since } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";

const SHAPES = {
  created: "starting",
  running: "starting",
  firstBeat: "moving",
  serving: "ok",
  late: "late",
  lost: "lost",
  replaced: "unknown",
};
const WIDTH = 100;

// The life of an instance as a lane: what it reached and when. Short stages keep room to be read: what is drawn is the
// order, what is written is the time. show([{stage, at}]).
class Timeline extends Element {
  show(stages) {
    const step = WIDTH / Math.max(1, stages.length);
    const parts = stages.map(({ stage }, index) =>
      svg("rect", {
        class: `is-${SHAPES[stage] ?? "unknown"}`,
        x: (index * step).toFixed(2),
        width: step.toFixed(2),
        height: 6,
      }),
    );
    const items = stages.map((one, index) => {
      const took = index && one.at !== null && stages[index - 1].at !== null ? one.at - stages[index - 1].at : null;
      const state = SHAPES[one.stage] ?? "unknown";
      const gap = took === null ? null : h("span", { class: "quiet" }, `+${took.toFixed(took < 10 ? 1 : 0)} s`);
      return h(
        "li",
        { title: since(one.at) },
        h("sw-status", { show: [state, one.stage, "lane"] }),
        h("span", {}, clock(one.at)),
        gap,
      );
    });
    const said = stages.map(({ stage, at }) => `${code("lane", stage)} ${clock(at)}`).join(", ");
    this.replaceChildren(
      svg(
        "svg",
        { viewBox: `0 0 ${WIDTH} 6`, preserveAspectRatio: "none", role: "img", "aria-label": `${t("lane")}: ${said}` },
        ...parts,
      ),
      h("ol", {}, ...items),
    );
  }
}

customElements.define("sw-timeline", Timeline);
