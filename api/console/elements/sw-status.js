import { h, svg } from "../lib/dom.js";
import { code } from "../lib/i18n.js";

const SHAPES = {
  ok: () => svg("circle", { cx: 8, cy: 8, r: 3.5, fill: "currentColor" }),
  yes: () => svg("path", { d: "M2.5 8.5 6.5 12.5 13.5 4.5", class: "line" }),
  moving: () => svg("path", { d: "M1 6h7V2l7 6-7 6v-4H1z", fill: "currentColor" }),
  starting: () => svg("circle", { cx: 8, cy: 8, r: 5, class: "line" }),
  late: () => svg("path", { d: "M8 1.5 15.5 14.5H.5z", fill: "currentColor" }),
  lost: () => svg("path", { d: "M3 3 13 13M13 3 3 13", class: "line" }),
  draining: () => svg("path", { d: "M6 1h4v7h4l-6 7-6-7h4z", fill: "currentColor" }),
  held: () => svg("path", { d: "M3 2h4v12H3zM9 2h4v12H9z", fill: "currentColor" }),
  unknown: () => svg("rect", { x: 2, y: 2, width: 12, height: 12, class: "line dashed" }),
};

// A state as shape, word and colour.
class Status extends HTMLElement {
  #shown = "";

  show(shape, word, group = "health") {
    const text = code(group, word);
    if (this.#shown === `${shape} ${text}`) return;
    this.#shown = `${shape} ${text}`;
    this.dataset.state = shape;
    const picture = svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, SHAPES[shape]());
    this.replaceChildren(picture, h("span", {}, text));
  }
}

customElements.define("sw-status", Status);
