import { Element, h, keyed } from "../lib/dom.js";
import { code, t } from "../lib/i18n.js";
import { page } from "../lib/router.js";
import { said, status } from "../lib/view.js";

// What we lean on: whether it answers, when it last did, what stops without it and what goes on.
// show(dependencies): as the overview has them.
class Deps extends Element {
  #rows = null;

  show(dependencies) {
    this.#rows ??= this.appendChild(h("ul", { class: "deps" }));
    const shown = (one) => `${one.name} ${one.ok} ${one.detail}`;
    keyed(this.#rows, dependencies, shown, row, (node, one) => {
      node.querySelector("sw-age").show(one.age, { heard: one.heard ?? performance.now() });
    });
  }
}

function row(one) {
  const [shape, word] = one.ok === null ? ["unknown", "unknown"] : one.ok ? ["ok", "ok"] : ["lost", "away"];
  const group = one.name.split(" ")[0];
  const stops = code("dep.stops", group);
  const goesOn = code("dep.goes-on", group);
  const effect = stops === group ? said(one.effect) : h("span", { title: one.effect }, stops);
  return h(
    "li",
    { data: { ok: String(one.ok) } },
    h("b", {}, ...named(one.name)),
    status(shape, word, "dep"),
    h("span", { class: "quiet" }, t("dep.last"), " ", document.createElement("sw-age")),
    h("span", {}, t("dep.without"), " ", effect, goesOn === group ? null : h("span", { class: "quiet" }, ` ${goesOn}`)),
    one.detail ? h("span", { class: "refused" }, said(one.detail)) : null,
  );
}

// What runs the instances of a kind: its page has what can be done about it.
function named(name) {
  const [group, ...kind] = name.split(" ");
  return group === "runtime" && kind.length ? [group, " ", h("a", { href: page`/kinds/${kind.join(" ")}` }, kind.join(" "))] : [name];
}

customElements.define("sw-deps", Deps);
