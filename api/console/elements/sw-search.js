import { get, path } from "../lib/api.js";
import { el } from "../lib/dom.js";
import { since } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import "./sw-status.js";

const SHAPES = {
  owned: "ok",
  arriving: "moving",
  moving: "moving",
  deleting: "moving",
  held: "held",
  unowned: "lost",
  unknown: "unknown",
};

// Who owns an id: asked of every kind, since an id says nothing of its kind.
class Search extends HTMLElement {
  #asked = 0;
  #input = null;
  #answers = null;

  connectedCallback() {
    this.#input = el("input", {
      type: "search",
      id: "owner",
      autocomplete: "off",
      spellcheck: "false",
      maxlength: 2048,
      placeholder: t("search.placeholder"),
    });
    this.#answers = el("div", { class: "answers", "aria-live": "polite" });
    const button = el("button", { type: "submit", class: "plain" }, t("search.button"));
    const submit = (event) => {
      event.preventDefault();
      this.#ask();
    };
    this.append(
      el("form", { onsubmit: submit }, el("label", { for: "owner" }, t("search.label")), this.#input, button),
      this.#answers,
    );
  }

  focusInput() {
    this.#input.focus();
    this.#input.select();
  }

  async #ask() {
    const id = this.#input.value;
    if (!id.trim()) return;
    const turn = ++this.#asked;
    const rows = await ask(id);
    // An answer that comes late must not replace that of a later question.
    if (turn === this.#asked) this.#answers.replaceChildren(...rows);
  }
}

async function ask(id) {
  try {
    const { items } = await get(path`/v1/api/resources?id=${id}`);
    return items.length ? items.map(owned) : [el("p", { class: "nobody" }, t("search.nobody"))];
  } catch (failure) {
    return [el("p", { class: "refused" }, failure.message)];
  }
}

function owned(one) {
  const status = document.createElement("sw-status");
  status.show(SHAPES[one.state] ?? "unknown", one.state, "place");
  const place =
    one.shard === null
      ? t("search.nowhere")
      : t("search.where", {
          kind: one.kind,
          shard: one.shard,
          name: one.runIn ?? "–",
          incarnation: one.incarnation ?? "–",
        });
  const facts = [
    [t("search.since"), since(one.since)],
    [t("search.why"), [code("reason", one.reason), one.detail].filter(Boolean).join(": ")],
  ];
  if (one.acknowledged !== null) facts.push([t("search.acknowledged"), String(one.acknowledged)]);
  if (one.to !== null) facts.push([t("search.to"), `${one.kind}/${one.to}`]);
  if (one.inCatalog === false) facts.push([t("search.catalog"), t("search.catalog.no")]);
  return el(
    "div",
    { class: "owner" },
    el("div", { class: "answer" }, status, el("b", { class: "place" }, place)),
    el("code", { class: "id" }, el("bdi", {}, one.id)),
    el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
  );
}

customElements.define("sw-search", Search);
