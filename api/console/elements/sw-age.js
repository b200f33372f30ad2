import { Element, mark, write } from "../lib/dom.js";
import { age, roughAge, since } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { grown } from "../lib/patch.js";
import { onTick } from "../lib/tick.js";

// How long ago, counting on. show(seconds, {heard, ago}): old by so many seconds when it was heard (now, unless
// given); showAt(at): since that second of the epoch. `ago` (set for showAt) writes "3 min ago" for "3 min".
class Age extends Element {
  #seconds = null;
  #heard = 0;
  #ago = false;

  show(seconds, { heard = performance.now(), ago = false, exact = false } = {}) {
    this.#seconds = seconds;
    this.#heard = heard;
    this.#ago = ago;
    this.exact = exact;
    this.#draw();
  }

  showAt(at, { ago = true } = {}) {
    mark(this, "title", at === null || at === undefined ? null : since(at));
    this.show(at === null || at === undefined ? null : Date.now() / 1000 - at, { ago });
  }

  connected(signal) {
    onTick(() => this.#draw(), signal);
    this.#draw();
  }

  #draw() {
    const seconds = grown(this.#seconds, this.#heard);
    const text = (this.exact ? age : roughAge)(seconds);
    write(this, this.#ago && seconds !== null ? t("ago", { age: text }) : text);
  }
}

customElements.define("sw-age", Age);
