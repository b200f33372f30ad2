import { get, query } from "./api.js";
import { h } from "./dom.js";
import { age, number } from "./format.js";
import { t } from "./i18n.js";
import { said } from "./view.js";

// What the page of a plan says in words.
export const label = (plan) => t("plan.apply", { moves: number(plan.moves) });

export function why(plan) {
  const text = plan.undoes === null ? "" : `${t("plan.undoes", { plan: `p-${plan.undoes}` })} `;
  return text + (plan.note || (text ? "" : t("plan.note.none")));
}

export function cost(plan) {
  const { handOff } = plan;
  return [
    [t("plan.moves"), number(plan.moves)],
    [t("plan.new"), plan.new ? number(plan.new) : null],
    [t("plan.weight"), plan.cost === plan.moves ? null : number(plan.cost)],
    [
      t("plan.time"),
      t(`plan.time.${handOff.basis}`, {
        age: age(handOff.seconds),
        atOnce: number(handOff.atOnce),
        each: age(handOff.each),
      }),
    ],
    [t("plan.instances"), `${number(plan.shards.before)} → ${number(plan.shards.after)}`],
    [t("plan.ending"), plan.draining.join(", ")],
  ];
}

export const remarks = (plan) => [
  ...plan.stays.map((one) => h("p", {}, `${number(one.count)}: `, said(one.sentence))),
  ...plan.remarks.map((one) => h("p", {}, said(one))),
];

export async function begun({ kind, plan }) {
  const { items } = await get(`/v1/api/events${query({ kind, verb: "apply-plan", limit: 50 })}`).catch(() => ({
    items: [],
  }));
  return items.find(({ detail }) => new RegExp(`^plan ${plan}\\b`).test(detail))?.at ?? null;
}
