import { Element, h, mark } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { MOST, beginning, ownersOf, ownersOfAll, shardNamed } from "../lib/owner.js";
import { go, page } from "../lib/router.js";
import { state } from "../lib/state.js";
import { trouble } from "../lib/trouble.js";
import { SHAPES } from "./sw-owner.js";

const PAUSE_MS = 150;
let count = 0;

// Who owns an id. Enter: the owner of exactly this id, or the shard of this name; while typing, what begins so; several
// lines at once as a table. Class "small": it stands in the header, and an answer is a page.
class Search extends Element {
  #turn = 0;
  #timer = null;
  #input = null;
  #answers = null;

  connected(signal) {
    if (this.#input) return;
    const id = `owner-${++count}`;
    const type = { type: "search", id, autocomplete: "off", spellcheck: "false", maxlength: 2048, "aria-keyshortcuts": "/" };
    const placeholder = t(this.#isSmall ? "search.placeholder.small" : "search.placeholder");
    this.#input = h("input", { ...type, placeholder, oninput: () => this.#soon(), onpaste: (event) => this.#pasted(event) });
    this.#answers = h("div", { class: "answers", "aria-live": "polite" });
    const submit = (event) => {
      event.preventDefault();
      this.#ask(this.#input.value);
    };
    const label = h("label", { for: id, class: this.#isSmall && "unseen" }, t("search.label"));
    const button = h("button", { type: "submit", class: ["plain", this.#isSmall && "unseen"], tabindex: this.#isSmall ? "-1" : null }, t("search.button"));
    this.append(h("form", { onsubmit: submit, role: "search" }, label, this.#input, button), this.#answers);
    this.addEventListener("keydown", (event) => this.#key(event));
    if (this.#isSmall) document.addEventListener("click", ({ target }) => this.contains(target) || this.#clear(), { signal });
    addEventListener("sw-routed", () => this.#isSmall && this.#clear(), { signal });
  }

  focusInput() {
    this.#input.focus();
    this.#input.select();
  }

  get #isSmall() {
    return this.classList.contains("small");
  }

  #clear() {
    this.#turn += 1;
    this.#answers.replaceChildren();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#suggest(this.#input.value.trim()), PAUSE_MS);
  }

  async #suggest(text) {
    const turn = ++this.#turn;
    const shard = shardNamed(text, state.overview?.kinds ?? []);
    // What cannot be suggested is no failure of the question, which Enter still asks.
    const hits = await beginning(text).catch(() => []);
    if (turn !== this.#turn) return;
    const rows = [...(shard ? [hit(page`/kinds/${shard.kind}/shards/${shard.number}`, "ok", "shard", `${shard.kind}/${shard.number}`)] : []), ...hits.map(found)];
    this.#answers.replaceChildren(...(rows.length ? [h("ul", { class: "hits" }, ...rows)] : []));
  }

  async #ask(given) {
    clearTimeout(this.#timer);
    const id = given.trim() ? given : "";
    if (!id) return;
    const turn = ++this.#turn;
    mark(this, "aria-busy", "true");
    const shown = await this.#answer(id).catch((failure) => [trouble(failure)]);
    mark(this, "aria-busy", null);
    // An answer that comes late must not replace that of a later question.
    if (turn === this.#turn && shown) this.#answers.replaceChildren(...shown);
  }

  async #answer(id) {
    const shard = shardNamed(id.trim(), state.overview?.kinds ?? []);
    const owners = await ownersOf(id);
    if (!owners.length && shard) return void go(page`/kinds/${shard.kind}/shards/${shard.number}`);
    if (!owners.length) return [h("p", { class: "nobody" }, t("search.nobody"))];
    if (this.#isSmall) return void go(page`/kinds/${owners[0].kind}/resources/${owners[0].id}`);
    return owners.map((one) => h("sw-owner", { show: [one] }));
  }

  async #pasted(event) {
    const lines = event.clipboardData.getData("text").split(/\r?\n/).filter((line) => line.trim());
    if (lines.length < 2) return;
    event.preventDefault();
    const turn = ++this.#turn;
    const found = await ownersOfAll(lines);
    if (turn === this.#turn) this.#answers.replaceChildren(table(found), more(lines.length));
  }

  // Down and up go through the hits, Escape leaves them.
  #key(event) {
    if (event.key === "Escape") return this.#clear();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [this.#input, ...this.#answers.querySelectorAll(".hits a")];
    const at = links.indexOf(document.activeElement);
    if (at < 0 || links.length < 2) return;
    event.preventDefault();
    links[(at + (event.key === "ArrowDown" ? 1 : links.length - 1)) % links.length].focus();
  }
}

function hit(href, shape, word, text, kind = "") {
  const status = h("sw-status", { show: [shape, word, "place"] });
  return h("li", {}, h("a", { href }, status, h("bdi", { class: "id" }, text), h("span", { class: "quiet" }, kind)));
}

function found({ kind, id, shard, state: word }) {
  const place = shard === null ? kind : `${kind}/${shard}`;
  return hit(page`/kinds/${kind}/resources/${id}`, SHAPES[word] ?? "unknown", word, id, place);
}

function table(rows) {
  const lines = rows.map(({ id, owners, failure }) => {
    const [one] = owners;
    const status = one ? h("sw-status", { show: [SHAPES[one.state] ?? "unknown", one.state, "place"] }) : "–";
    const place = failure ? failure.message : !one ? t("search.nobody") : one.shard === null ? t("search.nowhere") : `${one.kind}/${one.shard}, ${one.runIn ?? "–"}`;
    const href = one ? page`/kinds/${one.kind}/resources/${one.id}` : null;
    return h("tr", {}, h("td", {}, h("sw-id", { show: [id, { href }] })), h("td", {}, status), h("td", {}, place));
  });
  return h("div", { class: "scroll several" }, h("table", {}, h("tbody", {}, ...lines)));
}

const more = (given) => (given > MOST ? h("p", { class: "quiet" }, t("search.most", { n: MOST })) : "");

customElements.define("sw-search", Search);
