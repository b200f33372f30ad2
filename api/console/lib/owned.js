import { h } from "./dom.js";
import { age, number, since } from "./format.js";
import { code, t } from "./i18n.js";
import { SHAPES } from "./listing.js";
import { ago, facts, instanceLink, said, sentence, shardLink, status } from "./view.js";

// Who owns an id, since when and why, as parts of a page. `held`: its quarantine, or null.
export function owner(one, held, { unservedS, unservedWhy, weights = [] }) {
  const place =
    one.shard === null ? t("search.nowhere") : h("b", {}, t("resource.owned-by"), " ", shardLink(one.kind, one.shard));
  const runs = one.runIn && instanceLink(one.kind, one.shard, `${one.runIn} #${one.incarnation}`);
  const detail = [code("reason", one.reason), one.detail && said(one.detail)].filter(Boolean);
  return [
    h(
      "p",
      { class: "answer" },
      status(SHAPES[one.state] ?? "unknown", one.state, "place"),
      place,
      one.to === null ? null : h("span", {}, "→ ", shardLink(one.kind, one.to)),
    ),
    facts([
      [t("search.since"), one.since === null ? null : h("span", { title: since(one.since) }, ago(one.since))],
      [t("search.why"), h("span", {}, ...detail.flatMap((part, n) => (n ? [": ", part] : [part])))],
      [t("resource.instance"), runs],
      [t("resource.weighs"), weights.length ? h("span", {}, weights.map(weighs).join(" · ")) : null],
      [
        t("resource.unserved"),
        unservedS ? h("span", { class: "nobody" }, age(unservedS), " ", said(unservedWhy)) : null,
      ],
      [t("search.catalog"), one.inCatalog === false ? t("search.catalog.no") : null],
      [
        t("resource.held"),
        held &&
          h(
            "span",
            {},
            t("resource.held.until", { until: since(held.until), by: held.by }),
            " ",
            said(held.evidence.join("; ")),
          ),
      ],
    ]),
  ];
}

const weighs = ({ name, value, reported }) =>
  t(reported ? "resource.weighs.reported" : "resource.weighs.row", { name, value: number(value) });

export const wait = (one) =>
  h(
    "li",
    {},
    sentence("wait", one.code, one.sentence),
    one.forS === null ? "" : ` · ${t("wait.for", { age: age(one.forS) })}`,
  );
