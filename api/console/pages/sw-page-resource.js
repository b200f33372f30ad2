import { get, path, post, send } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { explained } from "../lib/explained.js";
import { age } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { owner, wait } from "../lib/owned.js";
import { mayChange } from "../lib/roles.js";
import { keepReading } from "../lib/reading.js";
import { page } from "../lib/router.js";
import { state, watch } from "../lib/state.js";
import { kindHead, loading, trouble } from "../lib/view.js";
import { confirm } from "../elements/sw-confirm.js";
import { quote } from "../elements/sw-recipe.js";
import "../elements/sw-action.js";
import "../elements/sw-history.js";
import "../elements/sw-stages.js";
import "../elements/sw-why.js";

const AGAIN_MS = 3000;

// One id: who owns it, since when and why, what is wanted of it and not done, and what happened to it.
class PageResource extends Element {
  #nodes = null;
  #found = null;
  #held = null;
  #busy = "";
  #again = null;

  connected(signal) {
    this.append(this.#head(), loading(6));
    watch(() => this.#nodes && this.#actions(), signal);
    const show = ([found, held]) => {
      this.#found = found;
      this.#held = held;
      this.#show();
    };
    this.#again = keepReading(
      { read: () => this.#read(), show, fail: (failure) => this.#fail(failure), every: AGAIN_MS },
      signal,
    );
  }

  #head() {
    const { kind, id } = this.params;
    const steps = [[t("resources"), page`/kinds/${kind}/resources`], [id]];
    return kindHead(kind, "resources", steps, {
      title: `${id.slice(0, 60)} · ${kind}`,
      shown: h("sw-id", { show: [id] }),
      links: { id },
    });
  }

  #read() {
    const { kind, id } = this.params;
    return Promise.all([explained(kind, id), this.#quarantined()]);
  }

  #fail(failure) {
    if (failure.status === 404) this.#missing();
    else if (!this.#found)
      this.replaceChildren(
        this.#head(),
        trouble(failure, () => this.#again()),
      );
  }

  async #quarantined() {
    const { items } = await get(path`/v1/api/kinds/${this.params.kind}/quarantine`);
    return items.find(({ id }) => id === this.params.id) ?? null;
  }

  #missing() {
    this.#found = this.#nodes = null;
    const audited = state.kind(this.params.kind)?.auditedAge ?? null;
    this.replaceChildren(
      this.#head(),
      h("section", { class: "card" }, h("p", {}, t("resource.missing", { age: age(audited) }))),
    );
  }

  #show() {
    this.#nodes ??= this.#draw();
    const { resource, shards, waits, history, historyTrouble } = this.#found;
    const kind = state.kind(this.params.kind);
    const loads = new Map((kind?.shards ?? []).map((one) => [one.number, one]));
    this.#nodes.owner.replaceChildren(...owner(resource, this.#held, this.#found));
    this.#nodes.stages.show(resource, kind);
    this.#nodes.why.show(this.params.kind, shards, loads);
    this.#nodes.waits.hidden = !waits.length && resource.to === null;
    this.#nodes.waitList.replaceChildren(...waits.map(wait));
    this.#nodes.history.show(history, historyTrouble || t("history.none"));
    this.#actions();
  }

  #draw() {
    const nodes = {
      owner: h("div", { class: "owner" }),
      stages: document.createElement("sw-stages"),
      recheck: h("sw-action", { "onsw-act": () => this.#doing("recheck", () => this.#recheck()) }),
      hold: h("sw-action", { "onsw-act": () => this.#doing("hold", () => this.#hold()) }),
      trouble: h("div", { role: "alert" }),
      why: document.createElement("sw-why"),
      waitList: h("ul"),
      history: document.createElement("sw-history"),
    };
    const card = (title, ...children) => h("section", { class: "card" }, h("h2", {}, title), ...children);
    nodes.waits = card(t("resource.waits"), nodes.waitList);
    this.replaceChildren(
      this.#head(),
      h(
        "section",
        { class: "card" },
        nodes.owner,
        nodes.stages,
        h("div", { class: "acts" }, nodes.recheck, nodes.hold),
        nodes.trouble,
      ),
      nodes.waits,
      card(t("resource.why"), nodes.why),
      card(t("history"), nodes.history),
    );
    return nodes;
  }

  #actions() {
    const { kind, id } = this.params;
    const may = mayChange("operator", kind);
    const busy = Boolean(this.#busy);
    const resync = {
      method: "POST",
      path: path`/v1/api/kinds/${kind}/resync`,
      body: {},
      cli: `shardwright resync ${quote(kind)}`,
    };
    this.#nodes.recheck.show({ label: t("resource.recheck"), may, busy, recipe: resync });
    const url = path`/v1/api/kinds/${kind}/quarantine/${id}`;
    const verb = this.#held ? "lift" : "add";
    const method = this.#held ? "DELETE" : "PUT";
    const recipe = {
      method,
      path: url,
      body: this.#held ? undefined : {},
      cli: `shardwright quarantine ${verb} ${quote(kind)} ${quote(id)}`,
    };
    this.#nodes.hold.show({ label: t(this.#held ? "resource.release" : "resource.hold"), may, busy, recipe });
  }

  async #recheck() {
    await post(path`/v1/api/kinds/${this.params.kind}/resync`);
  }

  async #hold() {
    const { kind, id } = this.params;
    const url = path`/v1/api/kinds/${kind}/quarantine/${id}`;
    if (this.#held) return send("DELETE", url);
    const effects = [t("resource.hold.effect"), t("resource.hold.until")];
    const answer = await confirm({
      title: t("resource.hold.title"),
      effects,
      verb: t("resource.hold"),
      tone: "danger",
      reason: true,
    });
    return answer && send("PUT", url, { why: answer.reason.slice(0, 200) });
  }

  async #doing(name, work) {
    this.#busy = name;
    this.#actions();
    this.#nodes.trouble.replaceChildren();
    try {
      await work();
    } catch (failure) {
      this.#nodes?.trouble.replaceChildren(trouble(failure, () => this.#doing(name, work)));
    }
    this.#busy = "";
    await this.#again();
  }
}

customElements.define("sw-page-resource", PageResource);
