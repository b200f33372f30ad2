import { h, mark, write } from "../lib/dom.js";
import { number, roughAge, took } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { grown } from "../lib/patch.js";
import { page } from "../lib/router.js";
import "./sw-ledger.js";
import "./sw-spark.js";
import "./sw-status.js";

const SHAPES = { yes: "yes", moving: "moving", no: "lost", unknown: "unknown" };

// Does everything of a kind have its owner? Green is earned: what is too old or cut off proves nothing.
// show(kind, {isLive, trail, coverage}).
class Verdict extends HTMLElement {
  #nodes = null;

  show(kind, { isLive, trail = [], coverage = null }) {
    this.#nodes ??= this.#draw(kind);
    const { status, sentence, ledger, audit, spark, latency, show } = this.#nodes;
    const verdict = isLive ? kind.verdict : "unknown";
    const age = grown(kind.auditedAge, kind.heard);
    mark(this, "data-verdict", verdict);
    status.show(SHAPES[verdict], verdict, "verdict");
    write(sentence, say(kind, verdict, age));
    ledger.show(kind.counts);
    write(audit, age === null ? t("audit.none") : t("audit.age", { age: roughAge(age) }));
    const unowned = trail.map((one) => one.unowned);
    spark.hidden = unowned.length < 2;
    spark.show(unowned, { label: t("spark.unowned", { n: number(kind.counts.unowned) }), tone: kind.counts.unowned ? "bad" : "quiet" });
    write(latency, told(coverage));
    show.hidden = !kind.counts.unowned;
    write(show, t("verdict.show", { n: number(kind.counts.unowned) }));
  }

  #draw(kind) {
    const nodes = {
      status: document.createElement("sw-status"),
      sentence: h("span", { class: "sentence" }),
      ledger: document.createElement("sw-ledger"),
      audit: h("span", { class: "audit" }),
      latency: h("span", { class: "latency" }),
      spark: document.createElement("sw-spark"),
      show: h("a", { href: `${page`/kinds/${kind.kind}/resources`}?state=unowned`, hidden: true }),
    };
    this.append(
      h("div", { class: "answer" }, nodes.status, nodes.sentence, nodes.show),
      nodes.ledger,
      h("div", { class: "proof quiet" }, nodes.audit, nodes.latency, nodes.spark),
    );
    return nodes;
  }
}

function say(kind, verdict, age) {
  const { counts } = kind;
  const values = { kind: kind.kind, n: number(counts.catalog) };
  if (verdict === "no") return t("sentence.no", { ...values, unowned: number(counts.unowned + counts.quarantined) });
  if (verdict === "moving") return t("sentence.moving", { ...values, moving: number(counts.arriving + counts.moving) });
  if (verdict === "unknown") return t(age === null ? "sentence.unknown.never" : "sentence.unknown", values);
  return t(kind.exclusive ? "sentence.yes" : "sentence.declared", values);
}

function told(coverage) {
  const stage = coverage?.latency?.stages?.find((one) => one.stage === "receipt-to-owned");
  if (!stage?.count) return "";
  return t("latency", { p50: took(stage.p50S), p99: took(stage.p99S) });
}

customElements.define("sw-verdict", Verdict);
