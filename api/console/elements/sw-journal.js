import { Element, h, keyed, write } from "../lib/dom.js";
import { number, since } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { fold } from "../lib/folding.js";
import { page } from "../lib/router.js";
import { idLink, moment, said, shardLink } from "../lib/view.js";

const SHOWN_IDS = 3;
const MOST = 120;
const RATE = 20;

// The journal, newest first. Rows wait while the pointer or the focus is on the list: nothing moves under it.
// replace(lines), and take(lines) for those that just happened. "sw-behind": more happened than was taken, read anew.
class Journal extends Element {
  #lines = [];
  #seen = new Set();
  #waiting = [];
  #skipped = 0;
  #second = 0;
  #inSecond = 0;
  #nodes = null;

  connected() {
    this.#nodes ??= this.#draw();
  }

  get oldest() {
    return this.#lines.at(-1)?.sequence ?? null;
  }

  replace(lines) {
    this.#lines = [];
    this.#seen.clear();
    this.#waiting = [];
    this.#skipped = 0;
    this.#nodes ??= this.#draw();
    this.#add(lines, false);
  }

  // Twenty lines a second at most are taken; what is beyond is counted, and read anew once the rows may move.
  take(lines) {
    const fresh = lines.filter(({ sequence }) => !this.#seen.has(sequence));
    for (const line of fresh) {
      this.#seen.add(line.sequence);
      const second = Math.floor(performance.now() / 1000);
      if (second !== this.#second) [this.#second, this.#inSecond] = [second, 0];
      if (this.#inSecond++ < RATE) this.#waiting.push(line);
      else this.#skipped += 1;
    }
    this.#held();
  }

  // So many more happened than the stream told line by line.
  miss(many) {
    this.#skipped += many;
    this.#held();
  }

  #held() {
    if (this.#waiting.length > MOST) this.#skipped += this.#waiting.splice(0, this.#waiting.length - MOST).length;
    const { rows } = this.#nodes;
    const isHeld = rows.childElementCount > 0 && (rows.matches(":hover") || rows.contains(document.activeElement));
    if (isHeld) this.#tell();
    else this.release();
  }

  release() {
    this.#nodes.fresh.hidden = true;
    const fresh = this.#waiting.splice(0);
    if (fresh.length) this.#add(fresh, true);
    if (!this.#skipped) return;
    this.#skipped = 0;
    this.dispatchEvent(new Event("sw-behind", { bubbles: true }));
  }

  #tell() {
    const n = this.#waiting.length + this.#skipped;
    this.#nodes.fresh.hidden = n === 0;
    write(this.#nodes.fresh, t("journal.new", { n: number(n) }));
  }

  #add(lines, isFresh) {
    for (const line of lines) this.#seen.add(line.sequence);
    const known = new Map([...this.#lines, ...lines].map((line) => [line.sequence, line]));
    this.#lines = [...known.values()].sort((a, b) => b.sequence - a.sequence);
    if (isFresh) this.#lines.length = Math.min(this.#lines.length, MOST);
    keyed(this.#nodes.rows, fold(this.#lines), (row) => `${row.key} ${row.lines.length}`, draw);
    this.#nodes.none.hidden = this.#lines.length > 0;
  }

  #draw() {
    const release = () => this.release();
    const nodes = {
      fresh: h("button", { type: "button", class: "plain fresh", hidden: true, onclick: release }),
      rows: h("div", { class: "rows", role: "list", "aria-label": t("journal"), onpointerleave: release }),
      none: h("p", { class: "quiet", hidden: true }, t("journal.none")),
    };
    this.append(
      h("div", { class: "heading" }, h("span", { class: "quiet" }, t("journal.order")), nodes.fresh),
      nodes.none,
      nodes.rows,
    );
    return nodes;
  }
}

function draw({ line, lines, count }) {
  if (lines.length === 1) return row(line);
  const detail = h(
    "details",
    {},
    h(
      "summary",
      {},
      t(count ? "journal.folded" : "journal.folded.plain", { n: number(lines.length), ids: number(count) }),
    ),
  );
  detail.addEventListener("toggle", () => {
    if (detail.open && detail.childElementCount === 1) detail.append(...lines.map((one) => row(one)));
  });
  const isOne = lines.every(({ shard, to }) => shard === line.shard && to === line.to);
  return row(isOne ? line : { ...line, shard: null }, detail);
}

function row(line, folded = null) {
  return h(
    "div",
    { class: "event", role: "listitem", data: { sequence: line.sequence } },
    moment(line.at),
    h("span", { class: "where" }, ...where(line)),
    h("b", { class: "verb" }, code("verb", line.verb)),
    h("span", { class: "reason" }, code("reason", line.reason)),
    h("div", { class: "what" }, ...(folded ? [folded] : what(line))),
  );
}

function where({ kind, shard, to }) {
  if (shard === null) return kind ? [h("a", { href: page`/kinds/${kind}` }, kind)] : [];
  return to === null ? [shardLink(kind, shard)] : [shardLink(kind, shard), " → ", shardLink(kind, to)];
}

function what(line) {
  const ids = line.ids.slice(0, SHOWN_IDS);
  const rest = line.count - ids.length;
  const plan = /\bp(?:lan |-)(\d+)\b/.exec(line.detail);
  const detail = plan
    ? h("a", { href: page`/kinds/${line.kind}/plans/${plan[1]}`, lang: "en" }, line.detail)
    : said(line.detail);
  return [
    ...ids.map((id) => idLink(line.kind, id)),
    rest > 0 ? h("span", { class: "quiet" }, ids.length ? t("journal.rest", { n: number(rest) }) : number(rest)) : null,
    line.detail ? detail : null,
    line.actor ? h("span", { class: "quiet", title: since(line.at) }, line.actor) : null,
  ];
}

customElements.define("sw-journal", Journal);
