import { get } from "../lib/api.js";
import { el, write } from "../lib/dom.js";
import { clock, number, since } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { live } from "../lib/live.js";

const MOST = 100;
const SHOWN_IDS = 3;

// Inputs and decisions, newest first. Rows wait while the pointer is on the list: nothing moves under it.
class Journal extends HTMLElement {
  #seen = new Set();
  #waiting = [];
  #rows = null;
  #more = null;
  #ended = new AbortController();

  connectedCallback() {
    const { signal } = this.#ended;
    this.#more = el("button", { type: "button", class: "plain more", hidden: true, onclick: () => this.#release() });
    this.#rows = el("div", { class: "rows", role: "list" });
    this.append(el("div", { class: "heading" }, el("h2", {}, t("journal")), this.#more), this.#rows);
    this.#rows.addEventListener("pointerleave", () => this.#release());
    live.addEventListener("journal", ({ detail }) => this.#take([detail]), { signal });
    live.addEventListener("reload", () => this.#load(), { signal });
    live.addEventListener("hello", () => this.#load(), { signal });
    this.#load();
  }

  disconnectedCallback() {
    this.#ended.abort();
  }

  async #load() {
    try {
      const { items } = await get(`/v1/api/events?limit=${MOST}`);
      this.#take(items.reverse());
    } catch (failure) {
      write(this.#more, failure.message);
    }
  }

  #take(lines) {
    for (const line of lines) {
      if (this.#seen.has(line.sequence)) continue;
      this.#seen.add(line.sequence);
      this.#waiting.push(line);
    }
    if (this.#waiting.length > MOST) this.#waiting.splice(0, this.#waiting.length - MOST);
    if (this.#rows.matches(":hover") && this.#rows.childElementCount) this.#hold();
    else this.#release();
  }

  #hold() {
    this.#more.hidden = !this.#waiting.length;
    write(this.#more, t("journal.new", { n: this.#waiting.length }));
  }

  #release() {
    this.#more.hidden = true;
    const fresh = this.#waiting.splice(0).sort((a, b) => b.sequence - a.sequence);
    this.#rows.prepend(...fresh.map(row));
    while (this.#rows.childElementCount > MOST) this.#rows.lastElementChild.remove();
    if (this.#seen.size > 10 * MOST) this.#seen = new Set([...this.#seen].slice(-5 * MOST));
  }
}

function row(line) {
  const ids = line.ids.slice(0, SHOWN_IDS);
  const rest = line.count - ids.length;
  const where = [line.kind, line.shard].filter((part) => part !== null && part !== "").join("/");
  return el(
    "div",
    { class: "event", role: "listitem" },
    el("time", { datetime: new Date(line.at * 1000).toISOString(), title: since(line.at) }, clock(line.at)),
    el("span", { class: "where" }, line.to === null ? where : `${where} → ${line.to}`),
    el("b", { class: "verb" }, code("verb", line.verb)),
    el("span", { class: "reason" }, code("reason", line.reason)),
    el(
      "span",
      { class: "what" },
      ...ids.map((id) => el("code", { class: "id" }, el("bdi", {}, id))),
      rest > 0 ? el("span", { class: "quiet" }, ids.length ? t("journal.rest", { n: number(rest) }) : number(rest)) : null,
      line.detail ? el("span", { class: "quiet" }, line.detail) : null,
      line.actor ? el("span", { class: "quiet" }, line.actor) : null,
    ),
  );
}

customElements.define("sw-journal", Journal);
