import { t } from "./i18n.js";
import { session } from "./session.js";
import { state } from "./state.js";

const ORDER = ["nobody", "viewer", "operator", "admin"];
const rank = (role) => Math.max(0, ORDER.indexOf(String(role ?? "nobody").toLowerCase()));

// May whoever looks at this page do what needs `role` (viewer, operator, admin), on `kind` or at all?
// {ok, why}: a control that may not be used stays where it is, and says why.
export function may(role, kind = null) {
  if (!session.known) return { ok: false, why: t("may.unknown") };
  const has = Math.max(rank(session.role), kind === null ? 0 : rank(session.kinds[kind]));
  if (has >= rank(role)) return { ok: true, why: "" };
  const values = { role: t(`role.${role}`), have: t(`role.${ORDER[has]}`) };
  return { ok: false, why: t("may.role", values) };
}

// The same for a change: it also needs a page that is live and a server that can change something.
export function mayChange(role, kind = null) {
  const given = may(role, kind);
  if (!given.ok) return given;
  const off = state.off(kind);
  return off ? { ok: false, why: off } : given;
}
