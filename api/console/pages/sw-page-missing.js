import { Element, h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { page } from "../lib/router.js";

// An address that is none of ours.
class PageMissing extends Element {
  connected() {
    document.title = `${t("missing")} · Shardwright`;
    this.replaceChildren(h("h1", {}, t("missing")), h("p", {}, h("a", { href: page`/` }, t("nav.overview"))));
  }
}

customElements.define("sw-page-missing", PageMissing);
