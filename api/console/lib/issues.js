import { effectOf } from "./dependency.js";
import { number, roughAge } from "./format.js";
import { code, t } from "./i18n.js";
import { look } from "./health.js";
import { grown } from "./patch.js";
import { page } from "./router.js";

const BAD = new Set(["late", "lost", "backoff", "none", "unknown"]);
const EACH = 4;
const RANK = { you: 0, broken: 1, watch: 2, waits: 3 };

// What is not as it should be, out of the overview: [{key, level, shape, title, detail, href}], those that need a
// person first. `level`: you (nothing goes on without a person), broken (it is being repaired), watch (late, and not
// lost yet), waits.
export function issuesOf(overview) {
  const found = [...overview.dependencies.filter((one) => one.ok === false).map(away)];
  for (const kind of overview.kinds) found.push(...ofKind(kind));
  return found.sort((a, b) => RANK[a.level] - RANK[b.level]);
}

function away(one) {
  const age = grown(one.age, one.heard);
  return {
    key: `dep ${one.name}`,
    level: "broken",
    shape: "lost",
    title: t("issue.away", { name: one.name, age: roughAge(age) }),
    detail: [effectOf(one), one.detail].filter(Boolean).join(" · "),
    href: page`/system`,
  };
}

function ofKind(kind) {
  const name = kind.kind;
  const here = page`/kinds/${name}`;
  const found = [];
  const add = (key, level, shape, title, detail, href = here) =>
    found.push({ key: `${name} ${key}`, level, shape, title: `${name}: ${title}`, detail: detail ?? "", href });
  if (kind.held) add("held", "you", "held", t("issue.held", { n: number(kind.held.count) }), kind.held.reason);
  if (kind.placeHere) {
    const detail = t("issue.elsewhere.detail", { there: kind.place, here: kind.placeHere });
    add("elsewhere", "you", "lost", t("issue.elsewhere"), detail);
  }
  if (kind.paused) add("paused", "you", "held", t("issue.paused"), t("issue.paused.detail"));
  if (kind.counts.quarantined) {
    const title = t("issue.quarantined", { n: number(kind.counts.quarantined) });
    add("quarantine", "you", "held", title, t("issue.quarantined.detail"), `${page`/kinds/${name}/resources`}?state=quarantined`);
  }
  for (const alarm of kind.alarms) add(`alarm ${alarm}`, "broken", "lost", alarm);
  if (kind.unplaced.length) {
    const [first] = kind.unplaced;
    const title = t("issue.unplaced", { n: number(kind.counts.unowned || kind.unplaced.length) });
    add("unplaced", "broken", "lost", title, [code("reason", first.reason), first.detail].filter(Boolean).join(": "));
  }
  found.push(...shardsOf(kind));
  if (kind.movesWaiting) add("waiting", "waits", "moving", kind.movesWaiting);
  if (kind.sizing) add("sizing", "waits", "starting", kind.sizing);
  return found;
}

// The first few by name, the rest as a count: a node that went must not hide everything else.
function shardsOf(kind) {
  const bad = kind.shards.filter((shard) => BAD.has(shard.health));
  const order = (shard) => (shard.health === "late" ? 1 : 0);
  const worst = bad.sort((a, b) => order(a) - order(b) || (b.beatAge ?? 0) - (a.beatAge ?? 0));
  const rows = worst.slice(0, worst.length > EACH ? EACH - 1 : EACH).map((shard) => {
    const { shape, word } = look(shard);
    const age = roughAge(grown(shard.beatAge, shard.heard));
    return {
      key: `${kind.kind} shard ${shard.number}`,
      level: shard.health === "late" ? "watch" : "broken",
      shape,
      title: t("issue.shard", { place: `${kind.kind}/${shard.number}`, state: code("health", word), age }),
      detail: shard.detail || t(shard.health === "late" ? "issue.shard.waits" : "issue.shard.replaced"),
      href: page`/kinds/${kind.kind}/shards/${shard.number}`,
    };
  });
  if (worst.length > rows.length) {
    const title = t("issue.shards", { n: number(worst.length - rows.length) });
    const href = `${page`/kinds/${kind.kind}`}?view=table&sort=state`;
    const isBroken = worst.slice(rows.length).some((shard) => shard.health !== "late");
    rows.push({ key: `${kind.kind} shards`, level: isBroken ? "broken" : "watch", shape: "late", title: `${kind.kind}: ${title}`, detail: "", href });
  }
  return rows;
}
