import { svg } from "../lib/dom.js";

// Used against capacity: owned, arriving (dots), releasing (hatch), and a line where the target is. show({used,
// arriving, releasing, count, target}); more than the capacity is drawn full.
class Bar extends HTMLElement {
  #parts = null;

  show({ used, arriving = 0, releasing = 0, count, target = null }) {
    const all = Math.max(count ?? 0, used + releasing, 1e-9);
    const settled = Math.max(0, used - arriving);
    this.#parts ??= this.#draw();
    place(this.#parts.owned, 0, settled / all);
    place(this.#parts.arriving, settled / all, arriving / all);
    place(this.#parts.releasing, used / all, releasing / all);
    set(this.#parts.target, "d", target === null ? "" : `M${(100 * Math.min(1, target / all)).toFixed(2)} 0V6`);
  }

  #draw() {
    const parts = {
      owned: svg("path", { class: "owned" }),
      arriving: svg("path", { class: "arriving" }),
      releasing: svg("path", { class: "releasing" }),
      target: svg("path", { class: "target" }),
    };
    const box = { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" };
    this.append(svg("svg", box, ...Object.values(parts)));
    return parts;
  }
}

function place(path, from, share) {
  set(path, "d", share > 0 ? `M${(100 * from).toFixed(2)} 3H${(100 * (from + share)).toFixed(2)}` : "");
}

function set(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

customElements.define("sw-bar", Bar);
