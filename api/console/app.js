import { h } from "./lib/dom.js";
import { languageChosen, onLanguage, t } from "./lib/i18n.js";
import { go, page, refresh, route, start } from "./lib/router.js";
import { session } from "./lib/session.js";
import { watch } from "./lib/state.js";
import "./elements/sw-banner.js";
import "./elements/sw-header.js";

route("/", "sw-page-overview");
route("/kinds/:kind", "sw-page-kind");
route("/kinds/:kind/shards/:shard", "sw-page-shard");
route("/kinds/:kind/resources", "sw-page-resources");
route("/kinds/:kind/resources/:id", "sw-page-resource");
route("/kinds/:kind/coverage", "sw-page-coverage");
route("/kinds/:kind/size", "sw-page-size");
route("/kinds/:kind/plan", "sw-page-plans");
route("/kinds/:kind/plans", "sw-page-plans");
route("/kinds/:kind/plans/:plan", "sw-page-plan");
route("/instances", "sw-page-instances");
route("/instances/:kind/:shard", "sw-page-instance");
route("/events", "sw-page-events");
route("/system", "sw-page-system");
route("/sign-in", "sw-page-sign-in");

let frame = new AbortController();

// What stands around every page: who answers, how old it is, what is away.
function draw(outlet) {
  frame.abort();
  frame = new AbortController();
  document.documentElement.lang = languageChosen();
  const header = document.createElement("sw-header");
  const banner = h("sw-banner", { hidden: true });
  const skip = h("a", { href: "#main", class: "skip", onclick: (event) => (event.preventDefault(), outlet.focus()) }, t("skip"));
  document.body.replaceChildren(skip, header, banner, outlet);
  watch(() => {
    header.show();
    banner.show();
  }, frame.signal);
}

// Whoever is signed out reads nothing: the way back to this page goes with the question.
function guard() {
  const isThere = location.pathname === page`/sign-in`;
  if (session.isSignedOut && !isThere) {
    go(`${page`/sign-in`}?${new URLSearchParams({ next: location.pathname + location.search })}`, { replace: true });
  }
}

const outlet = h("main", { id: "main", tabindex: "-1" });
onLanguage(() => {
  draw(outlet);
  refresh();
});
session.addEventListener("change", guard);
await session.load();
draw(outlet);
await start(outlet);
guard();
