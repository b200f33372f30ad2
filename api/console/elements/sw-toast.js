import { h } from "../lib/dom.js";

const STAY_MS = 6000;
let region = null;

// A sentence at the edge of the page that goes by itself; with an action it stays until it is used or closed.
// toast("Applied p-7", {label: "Undo", act: () => ..., tone: "ok" | "bad"}).
export function toast(text, { label = null, act = null, tone = "plain" } = {}) {
  region ??= document.body.appendChild(h("div", { class: "toasts", role: "status", "aria-live": "polite" }));
  const one = document.createElement("sw-toast");
  one.show(text, label, act, tone);
  region.append(one);
  while (region.childElementCount > 3) region.firstElementChild.remove();
  return one;
}

class Toast extends HTMLElement {
  show(text, label, act, tone) {
    this.dataset.tone = tone;
    const done = () => this.remove();
    const run = () => {
      done();
      act();
    };
    this.append(h("span", {}, text));
    if (act) this.append(h("button", { type: "button", class: "bare", onclick: run }, label));
    this.append(h("button", { type: "button", class: "bare close", "aria-label": "×", onclick: done }, "×"));
    if (!act) setTimeout(done, STAY_MS);
  }
}

customElements.define("sw-toast", Toast);
