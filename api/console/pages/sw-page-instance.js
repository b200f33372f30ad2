import { get, path, post } from "../lib/api.js";
import { Element, h } from "../lib/dom.js";
import { followLog } from "../lib/following.js";
import { age, number } from "../lib/format.js";
import { code, t } from "../lib/i18n.js";
import { mayChange } from "../lib/roles.js";
import { keepReading } from "../lib/reading.js";
import { page } from "../lib/router.js";
import { watch } from "../lib/state.js";
import { facts, head, loading, shardLink, trouble } from "../lib/view.js";
import { confirm } from "../elements/sw-confirm.js";
import { quote } from "../elements/sw-recipe.js";
import "../elements/sw-action.js";
import "../elements/sw-logs.js";
import "../elements/sw-spark.js";
import "../elements/sw-timeline.js";

const AGAIN_MS = 3000;
const SHAPES = { starting: "starting", late: "late", lost: "lost", ok: "ok", backoff: "late", draining: "draining" };

// The instance of a shard: its life, its beats, what it serves, what it wrote, and the two ways to end it well.
class PageInstance extends Element {
  #nodes = null;
  #found = null;
  #busy = false;
  #again = null;
  #reading = null;

  connected(signal) {
    signal.addEventListener("abort", () => this.#reading?.abort());
    this.append(this.#head(), loading(6));
    watch(() => this.#nodes && this.#actions(), signal);
    const { kind, shard } = this.params;
    const show = (found) => {
      this.#found = found;
      this.#nodes ??= this.#draw();
      this.#show();
    };
    const fail = (failure) =>
      this.#found ??
      this.replaceChildren(
        this.#head(),
        trouble(failure, () => this.#again()),
      );
    const read = () => get(path`/v1/api/kinds/${kind}/shards/${shard}/instance`);
    this.#again = keepReading({ read, show, fail, every: AGAIN_MS }, signal);
  }

  #head() {
    const { kind, shard } = this.params;
    const name = this.#found ? `${this.#found.name} #${this.#found.incarnation}` : `${kind}/${shard}`;
    return head([[t("instances"), page`/instances`], [name]], { title: `${kind}/${shard} · ${t("instances")}` });
  }

  #show() {
    const one = this.#found;
    this.#nodes.head.firstChild.replaceWith(this.#head());
    this.#nodes.links.show({ ...this.params, instance: one.name });
    this.#nodes.state.show(SHAPES[one.health] ?? "unknown", one.health);
    this.#nodes.facts.replaceChildren(
      facts([
        [t("shard"), shardLink(this.params.kind, this.params.shard)],
        [t("instance.phase"), code("phase", one.phase)],
        [t("instance.uid"), one.uid && h("code", {}, one.uid)],
        [t("instance.node"), one.node],
        [t("shard.generation"), `${number(one.generation)} / ${number(one.acknowledged)}`],
        [t("instance.deadline"), one.deadline === null ? null : age(one.deadline)],
        [t("instance.previous"), one.previous.map((past) => `#${past.incarnation ?? past}`).join(", ")],
      ]),
    );
    this.#nodes.lane.show(one.lane);
    const gaps = one.beats.map(({ gap }) => gap ?? null);
    const known = gaps.filter((gap) => gap !== null);
    const label = known.length
      ? t("beats.said", { n: number(known.length), longest: age(Math.max(...known)) })
      : t("beats.none");
    this.#nodes.beats.show(gaps, { label, limit: one.deadline });
    this.#nodes.beatsSaid.textContent = label;
    this.#actions();
  }

  #actions() {
    const { kind, shard } = this.params;
    const one = this.#found;
    const may = mayChange("operator", kind);
    const restart = {
      method: "POST",
      path: path`/v1/api/kinds/${kind}/instances/${shard}/restart`,
      body: { incarnation: one.incarnation },
      cli: `shardwright restart ${quote(`${kind}/${shard}`)} --incarnation ${one.incarnation}`,
    };
    this.#nodes.restart.show({ label: t("instance.restart"), may, busy: this.#busy, recipe: restart });
    const drain = {
      method: "POST",
      path: path`/v1/api/kinds/${kind}/shards/${shard}/drain`,
      body: {},
      cli: `shardwright drain ${quote(`${kind}/${shard}`)}`,
    };
    const can = may.ok && one.canDrain && !one.canDrain.ok ? { ok: false, why: one.canDrain.reason } : may;
    this.#nodes.drain.show({ label: t("instance.drain"), may: can, busy: this.#busy, recipe: drain });
    this.#nodes.effects.textContent = one.canDrain?.ok
      ? t("drain.effect", { to: number(one.canDrain.toShards), each: number(one.canDrain.each) })
      : "";
  }

  async #restart() {
    const one = this.#found;
    const effects = [t("restart.effect"), t("restart.ids")];
    const answer = await confirm({
      title: t("restart.title", { name: `${one.name} #${one.incarnation}` }),
      effects,
      verb: t("instance.restart"),
      tone: "danger",
    });
    if (answer)
      await post(path`/v1/api/kinds/${this.params.kind}/instances/${this.params.shard}/restart`, {
        incarnation: one.incarnation,
      });
  }

  async #drain() {
    const { toShards, each } = this.#found.canDrain;
    const effects = [t("drain.effect", { to: number(toShards), each: number(each) }), t("drain.end")];
    const answer = await confirm({
      title: t("drain.title", { name: this.#found.name }),
      effects,
      verb: t("instance.drain"),
      tone: "danger",
    });
    if (answer) await post(path`/v1/api/kinds/${this.params.kind}/shards/${this.params.shard}/drain`);
  }

  async #doing(work) {
    this.#busy = true;
    this.#actions();
    this.#nodes.trouble.replaceChildren();
    try {
      await work();
    } catch (failure) {
      this.#nodes.trouble.replaceChildren(trouble(failure, () => this.#doing(work)));
    }
    this.#busy = false;
    await this.#again();
  }

  #logs(previous) {
    this.#reading?.abort();
    this.#reading = new AbortController();
    const { logs } = this.#nodes;
    const { kind, shard } = this.params;
    logs.clear();
    const fail = (failure) =>
      logs.trouble(
        failure?.message ?? "",
        failure && `kubectl logs ${this.#found.name}${previous ? " --previous" : ""}`,
      );
    const given = { previous, take: (lines) => logs.write(lines), fail, wanted: () => logs.follows };
    followLog(kind, shard, given, this.#reading.signal);
  }

  #draw() {
    const nodes = {
      head: h("div", {}, this.#head()),
      links: document.createElement("sw-links"),
      state: document.createElement("sw-status"),
      facts: h("div"),
      lane: document.createElement("sw-timeline"),
      beats: document.createElement("sw-spark"),
      beatsSaid: h("span", { class: "quiet" }),
      restart: h("sw-action", { "onsw-act": () => this.#doing(() => this.#restart()) }),
      drain: h("sw-action", { "onsw-act": () => this.#doing(() => this.#drain()) }),
      effects: h("span", { class: "quiet" }),
      trouble: h("div", { role: "alert" }),
      logs: document.createElement("sw-logs"),
    };
    const pick = ({ currentTarget }) => this.#logs(currentTarget.checked);
    const previous = h(
      "label",
      {},
      h("input", { type: "checkbox", name: "previous", onchange: pick }),
      h("span", {}, t("logs.previous")),
    );
    const card = (title, ...children) => h("section", { class: "card" }, h("h2", {}, title), ...children);
    this.replaceChildren(
      nodes.head,
      nodes.links,
      h("div", { class: "heading" }, nodes.state),
      h(
        "div",
        { class: "halves" },
        h("section", { class: "card" }, nodes.facts),
        card(t("beats"), nodes.beats, nodes.beatsSaid),
      ),
      card(t("lane"), nodes.lane),
      h(
        "section",
        { class: "card apart" },
        h("h2", {}, t("instance.acts")),
        nodes.restart,
        h("div", {}, nodes.drain, nodes.effects),
        nodes.trouble,
      ),
      h("section", { class: "card" }, h("div", { class: "heading" }, h("h2", {}, t("logs")), previous), nodes.logs),
    );
    this.#nodes = nodes;
    this.#logs(false);
    return nodes;
  }
}

customElements.define("sw-page-instance", PageInstance);
