import { svg, write } from "../lib/dom.js";

const WIDTH = 120;
const HEIGHT = 24;

// A line of values without axes, oldest first; null is a gap. show(values, {label, limit, tone}): `label` says in
// words what the line shows, `limit` is drawn as a dashed line.
class Spark extends HTMLElement {
  #nodes = null;

  show(values, { label = "", limit = null, tone = "quiet" } = {}) {
    this.#nodes ??= this.#draw();
    this.dataset.tone = tone;
    const known = values.filter((value) => value !== null);
    const most = Math.max(1e-9, ...known, limit ?? 0);
    const y = (value) => (HEIGHT - 2 - ((HEIGHT - 4) * value) / most).toFixed(1);
    const step = WIDTH / Math.max(1, values.length - 1);
    let pen = "M";
    const path = values.map((value, index) => {
      if (value === null) {
        pen = "M";
        return "";
      }
      const point = `${pen}${(index * step).toFixed(1)} ${y(value)}`;
      pen = "L";
      return point;
    });
    this.#nodes.line.setAttribute("d", path.join("") || "M0 0");
    this.#nodes.limit.setAttribute("d", limit === null ? "M0 0" : `M0 ${y(limit)}H${WIDTH}`);
    write(this.#nodes.title, label);
  }

  #draw() {
    const nodes = { title: svg("title"), line: svg("path", { class: "line" }), limit: svg("path", { class: "limit" }) };
    const box = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" };
    this.append(svg("svg", box, nodes.title, nodes.limit, nodes.line));
    return nodes;
  }
}

customElements.define("sw-spark", Spark);
