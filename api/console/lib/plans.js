import { get, path, post, query, send } from "./api.js";

// Numbered plans as the server has them. A plan is applied exactly as it was shown, or not at all.
const BEYOND = ["blast-radius", "no-place"];
const ENDED = ["done", "cancelled", "superseded"];

export const isBeyond = ({ code }) => BEYOND.includes(code);
export const needsOverride = (plan) => plan.limits.some(({ code }) => code === "blast-radius");
export const isWithinLimits = (plan) => !plan.limits.some(isBeyond);
export const isProposed = ({ stage }) => stage === "proposed";
export const isUnderWay = ({ stage }) => stage === "applied" || stage === "paused";
export const isOver = ({ stage }) => ENDED.includes(stage);

const plans = (kind) => path`/v1/api/kinds/${kind}/plans`;

export const list = async (kind) => (await get(plans(kind))).items;
export const read = (kind, number) => get(`${plans(kind)}/${number}`);
export const make = (kind, wish, note = "") => post(plans(kind), { ...wish, note });
export const act = (kind, number, verb) => post(`${plans(kind)}/${number}/${verb}`);
export const apply = (kind, number, override = {}) => post(`${plans(kind)}/${number}/apply`, override);
export const undo = (kind, number, note) => post(`${plans(kind)}/${number}/undo`, { note });
export const discard = (kind, number) => send("DELETE", `${plans(kind)}/${number}`);
export const moves = (kind, number, { from, to, cursor, limit = 200 }) =>
  get(`${plans(kind)}/${number}/moves${query({ from, to, cursor, limit })}`);

// The same wish, computed on how the kind stands now.
export const again = ({ kind, note, undoes, sizes }) =>
  undoes === null ? make(kind, sizes.after, note) : undo(kind, undoes, note);

const orchestrate = (kind) => path`/v1/api/orchestrations/${kind}/orchestrate`;

// What an orchestration would do; nothing is written.
export const preview = (kind, wish) => post(`${orchestrate(kind)}?dryRun=true`, wish);

// What a plan does, in what counts for whoever agreed to it: another plan with the same effects is as good.
export const effects = (plan) => ({
  moves: plan.moves,
  after: plan.shards.after,
  created: plan.created.length,
  draining: plan.draining.length,
});

// [name, before, after] of each effect that differs. `before`: effects that somebody agreed to.
export function differences(before, now) {
  const after = effects(now);
  const found = Object.keys(before).map((name) => [name, before[name], after[name]]);
  return found.filter(([, one, other]) => one !== other);
}
