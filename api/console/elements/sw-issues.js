import { Element, h, keyed, mark, write } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { issuesOf } from "../lib/issues.js";
import { number } from "../lib/format.js";
import "./sw-status.js";

const SHAPES = { unknown: "unknown", broken: "lost", you: "held", watch: "late", none: "yes" };

// What is broken, what is being done, what needs a person. show(overview).
class Issues extends Element {
  #nodes = null;

  show(overview, { isLive = true } = {}) {
    this.#nodes ??= this.#draw();
    const { head, status, needs, list } = this.#nodes;
    const issues = issuesOf(overview);
    const many = (wanted) => issues.filter(({ level }) => level === wanted).length;
    const worst = !isLive ? "unknown" : (["broken", "you", "watch"].find(many) ?? "none");
    mark(this, "data-level", worst);
    status.show(SHAPES[worst], worst, "issues");
    write(head, said(worst, many, issues.length));
    write(needs, issues.length ? t("issues.needs", { n: number(many("you")) }) : "");
    keyed(list, issues, ({ key }) => key, row, update);
  }

  #draw() {
    const nodes = {
      status: document.createElement("sw-status"),
      head: h("span", { class: "sentence" }),
      needs: h("span", { class: "quiet needs" }),
      list: h("ul", { class: "rows" }),
    };
    this.append(h("div", { class: "answer" }, nodes.status, nodes.head, nodes.needs), nodes.list);
    return nodes;
  }
}

function said(worst, many, all) {
  if (worst === "broken") return t("issues.count", { n: number(many("broken")) });
  if (worst === "watch") return t("issues.late", { n: number(many("watch")) });
  return worst === "none" && !all ? t("issues.well") : "";
}

function row({ href }) {
  const parts = [document.createElement("sw-status"), h("b"), h("span", { class: "quiet" })];
  const node = h("li", {}, h("a", { href }, parts[0], h("span", {}, parts[1], " ", parts[2])));
  node.parts = parts;
  return node;
}

function update(node, { level, shape, title, detail }) {
  const [status, head, rest] = node.parts;
  mark(node, "data-level", level);
  status.show(shape, level, "issue");
  write(head, title);
  write(rest, detail);
}

customElements.define("sw-issues", Issues);
