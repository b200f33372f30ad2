import { Refusal } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

// What went wrong, as the server said it: title, reasons, the id of the request, and a way to ask again.
export function trouble(failure, again = null) {
  const isOurs = failure instanceof Refusal;
  const lines = isOurs ? failure.reasons : [t("unreachable", { detail: failure.message })];
  const id = isOurs && failure.status >= 500 && failure.requestId ? h("p", { class: "quiet" }, t("request", { id: failure.requestId })) : null;
  const retry = again && h("button", { type: "button", class: "plain", onclick: again }, t("retry"));
  return h("div", { class: "refused", role: "alert" }, ...lines.map((line) => h("p", {}, line)), id, retry);
}
