import { svg } from "../lib/dom.js";

// Used against capacity: owned, arriving, releasing; more than the capacity is drawn full.
class Bar extends HTMLElement {
  #parts = null;

  show({ used, arriving, releasing, count }) {
    const all = Math.max(count, used + releasing, 1);
    const settled = Math.max(0, used - arriving);
    this.#parts ??= this.#draw();
    place(this.#parts.owned, 0, settled / all);
    place(this.#parts.arriving, settled / all, arriving / all);
    place(this.#parts.releasing, used / all, releasing / all);
  }

  #draw() {
    const parts = {
      owned: svg("rect", { class: "owned", height: 6 }),
      arriving: svg("rect", { class: "arriving", height: 6 }),
      releasing: svg("rect", { class: "releasing", height: 6 }),
    };
    this.append(
      svg("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" }, ...Object.values(parts)),
    );
    return parts;
  }
}

function place(rect, from, share) {
  rect.setAttribute("x", (100 * from).toFixed(2));
  rect.setAttribute("width", (100 * share).toFixed(2));
}

customElements.define("sw-bar", Bar);
