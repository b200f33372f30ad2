import { Element, h, write } from "../lib/dom.js";
import { number, since } from "../lib/format.js";
import { t } from "../lib/i18n.js";

// Saves what takes a while to read. show({make, name}): `make()` begins anew and answers something with
// read(signal, told), lines and backTo (lib/saving.js). Its button stops it again, and nothing is saved then.
// "sw-save-failed" with detail {failure, again}: what was read is kept, and goes on.
class Save extends Element {
  #nodes = null;
  #wanted = null;
  #running = null;

  connected(signal) {
    this.#nodes ??= this.#draw();
    // Whoever leaves the page wants it no more.
    signal.addEventListener("abort", () => this.#running?.abort());
  }

  show(wanted) {
    this.#wanted = wanted;
  }

  #press() {
    if (this.#running) this.#running.abort();
    else this.#save(this.#wanted.make());
  }

  async #save(file) {
    const stop = (this.#running = new AbortController());
    this.#tell(t("save.begun"));
    try {
      const told = () => this.#tell(t("save.progress", { n: number(file.lines), at: since(file.backTo) }));
      const blob = await file.read(stop.signal, told);
      const url = URL.createObjectURL(blob);
      h("a", { href: url, download: this.#wanted.name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
      this.#end(t("save.done", { n: number(file.lines) }));
    } catch (failure) {
      this.#end(stop.signal.aborted ? t("save.stopped") : "");
      if (stop.signal.aborted) return;
      const detail = { failure, again: () => this.#save(file) };
      this.dispatchEvent(new CustomEvent("sw-save-failed", { detail, bubbles: true }));
    }
  }

  #tell(said) {
    write(this.#nodes.button, t("save.stop"));
    write(this.#nodes.said, said);
  }

  #end(said) {
    this.#running = null;
    write(this.#nodes.button, t("events.save"));
    write(this.#nodes.said, said);
  }

  #draw() {
    const nodes = {
      button: h("button", { type: "button", class: "plain", onclick: () => this.#press() }, t("events.save")),
      said: h("span", { class: "quiet", role: "status" }),
    };
    this.append(nodes.button, nodes.said);
    return nodes;
  }
}

customElements.define("sw-save", Save);
