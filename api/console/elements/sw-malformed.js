import { Element, h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { said } from "../lib/view.js";
import "./sw-table.js";

// What came in and was none. show({messages: [{detail, head}], beats: [text]}), the oldest first.
class Malformed extends Element {
  #tables = null;

  show({ messages, beats }) {
    this.#tables ??= this.#draw();
    this.#tables.messages.show({
      columns: messageColumns(),
      rows: numbered(messages).reverse(),
      keyOf: ({ number }) => number,
      empty: t("malformed.none"),
      caption: t("malformed.messages"),
    });
    this.#tables.beats.show({
      columns: [{ key: "why", label: t("malformed.why"), cell: ({ one }) => said(one) }],
      rows: numbered(beats).reverse(),
      keyOf: ({ number }) => number,
      empty: t("malformed.none"),
      caption: t("malformed.beats"),
    });
  }

  #draw() {
    const tables = { messages: document.createElement("sw-table"), beats: document.createElement("sw-table") };
    this.append(h("h3", {}, t("malformed.messages")), tables.messages, h("h3", {}, t("malformed.beats")), tables.beats);
    return tables;
  }
}

const numbered = (items) => items.map((one, number) => ({ one, number }));

const messageColumns = () => [
  { key: "why", label: t("malformed.why"), cell: ({ one }) => said(one.detail) },
  { key: "head", label: t("malformed.head"), cell: ({ one }) => h("code", {}, one.head) },
];

customElements.define("sw-malformed", Malformed);
