import { get, query } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { epoch, field, iso } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { live } from "../lib/live.js";
import { setQuery } from "../lib/router.js";
import { JournalFile } from "../lib/saving.js";
import { state } from "../lib/state.js";
import { head, trouble } from "../lib/view.js";
import { quote } from "../elements/sw-recipe.js";
import "../elements/sw-filter.js";
import "../elements/sw-journal.js";
import "../elements/sw-recipe.js";
import "../elements/sw-save.js";

const LINES = 100;
const BEHIND_MS = 1000;
const NAMES = ["kind", "shard", "id", "verb", "reason", "actor", "since", "until"];
const TIMES = ["since", "until"];
const VERBS = [
  "assign",
  "move",
  "release",
  "return",
  "drop",
  "start",
  "stop",
  "create-shard",
  "drain",
  "remove-shard",
  "plan",
  "apply-plan",
  "finish-plan",
  "hold",
  "fence",
];
// What came of it: what a person looks for after something went wrong stands first.
const REASONS = [
  "silent",
  "ended",
  "stuck",
  "overdue",
  "missing",
  "rejected",
  "fenced",
  "no-room",
  "no-place",
  "held",
  "paused",
  "quarantined",
  "blast-radius",
  "operator",
  "created",
  "deleted",
  "found-unowned",
  "found-deleted",
  "orchestrated",
  "released",
  "returned",
  "dropped",
  "finished",
  "superseded",
];

// What was asked and what was decided, newest first. The filter stands in the URL, and so does where a page begins.
class PageEvents extends Element {
  #nodes = null;
  #turn = 0;

  connected(signal) {
    this.#nodes = {
      filter: h("sw-filter", { "onsw-filter": ({ detail }) => setQuery({ ...detail, ...times(detail, epoch), before: null }) }),
      recipe: document.createElement("sw-recipe"),
      journal: document.createElement("sw-journal"),
      trouble: h("div"),
      newest: h(
        "button",
        { type: "button", class: "plain", onclick: () => setQuery({ before: null }) },
        t("events.newest"),
      ),
      older: h("button", { type: "button", class: "plain", disabled: true }, t("events.older")),
      save: document.createElement("sw-save"),
    };
    const { filter, recipe, journal, newest, older, save } = this.#nodes;
    this.append(
      head([[t("nav.events")]]),
      h("div", { class: "card heading" }, filter, save, recipe),
      h("section", { class: "card" }, this.#nodes.trouble, journal, h("div", { class: "foot" }, newest, older)),
    );
    live.addEventListener("journal", ({ detail }) => this.#take(detail), { signal });
    live.addEventListener("counted", ({ detail }) => this.#count(detail), { signal });
    live.addEventListener("reload", () => this.#catchUp(), { signal });
    save.show({ make: () => this.#file(), name: "events.ndjson" });
    this.addEventListener("sw-save-failed", ({ detail: { failure, again } }) => {
      const retry = () => (this.#nodes.trouble.replaceChildren(), again());
      this.#nodes.trouble.replaceChildren(trouble(failure, retry));
    }, { signal });
    this.addEventListener("sw-behind", () => setTimeout(() => signal.aborted || this.routed(), BEHIND_MS));
    this.routed();
  }

  get #values() {
    return Object.fromEntries(NAMES.map((name) => [name, this.query.get(name) ?? ""]));
  }

  async routed() {
    const turn = ++this.#turn;
    const values = this.#values;
    const before = this.query.get("before");
    const { actor, ...asked } = values;
    const { filter, recipe, newest, older, journal } = this.#nodes;
    filter.show({ fields: fields(), values: { ...values, ...times(values, field) } });
    recipe.show({ path: `/v1/api/events${query({ ...asked, before, limit: LINES })}`, cli: cli(asked) });
    newest.disabled = !before;
    try {
      const { items, next } = await get(`/v1/api/events${query({ ...asked, before, limit: LINES })}`);
      if (turn !== this.#turn) return;
      journal.replace(items.filter((line) => fits(line, { actor })));
      older.disabled = next === null;
      older.onclick = () => setQuery({ before: next });
      this.#nodes.trouble.replaceChildren();
    } catch (failure) {
      if (turn === this.#turn) this.#nodes.trouble.replaceChildren(trouble(failure, () => this.routed()));
    }
  }

  #take(line) {
    if (this.query.get("before") || !fits(line, this.#values)) return;
    this.#nodes.journal.take([line]);
  }

  #count({ kind, counted }) {
    const { kind: wanted, verb, reason, until } = this.#values;
    if (this.query.get("before") || reason || until || (wanted && wanted !== kind)) return;
    const many = Object.entries(counted).filter(([name]) => !verb || name === verb);
    this.#nodes.journal.miss(many.reduce((sum, [, count]) => sum + count, 0));
  }

  // The stream has left lines out: the newest are read, and wait like those that it tells.
  async #catchUp() {
    const { actor, ...asked } = this.#values;
    if (this.query.get("before")) return;
    const { items } = await get(`/v1/api/events${query({ ...asked, limit: LINES })}`).catch(() => ({ items: [] }));
    this.#nodes.journal.take(items.filter((line) => fits(line, { actor })));
  }

  // A line of JSON each, as the server has them: what is shown, and all that is older and fits.
  #file() {
    const { actor, ...asked } = this.#values;
    return new JournalFile(asked, { before: this.query.get("before"), keep: (line) => fits(line, { actor }) });
  }
}

const times = (values, as) => Object.fromEntries(TIMES.map((name) => [name, as(values[name])]));

function fits(line, { kind, shard, id, verb, reason, actor, since, until }) {
  if (kind && line.kind !== kind) return false;
  if (shard && String(line.shard) !== shard) return false;
  if (id && !line.ids.includes(id)) return false;
  if (verb && line.verb !== verb) return false;
  if (reason && line.reason !== reason) return false;
  if ((since && line.at < since) || (until && line.at >= until)) return false;
  return !actor || line.actor.includes(actor);
}

const fields = () => [
  { name: "kind", label: t("filter.kind"), options: (state.overview?.kinds ?? []).map(({ kind }) => [kind, kind]) },
  { name: "shard", label: t("filter.shard"), placeholder: "17" },
  { name: "id", label: t("filter.id") },
  { name: "verb", label: t("filter.verb"), options: VERBS.map((verb) => [verb, code("verb", verb)]) },
  { name: "reason", label: t("filter.reason"), options: REASONS.map((reason) => [reason, code("reason", reason)]) },
  { name: "actor", label: t("filter.actor"), placeholder: "ann" },
  { name: "since", label: t("filter.since"), type: "datetime-local" },
  { name: "until", label: t("filter.until"), type: "datetime-local" },
];

const cli = (values) =>
  [
    "shardwright events",
    ...Object.entries(values)
      .filter(([, value]) => value)
      .map(([name, value]) => `--${name} ${quote(TIMES.includes(name) ? iso(Number(value)) : value)}`),
  ].join(" ");

customElements.define("sw-page-events", PageEvents);
