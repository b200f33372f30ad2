import { Element, h, keyed, mark, write } from "../lib/dom.js";

// Rows with columns. show({columns, rows, keyOf, href, sort, empty, caption}).
//
// A column is {key, label, isNumber, isSortable, cell(row)}: text, or a node that is made anew on each change; or
// {make(), update(node, row)} for one that is kept. `sort` is "key" or "-key"; a click on a head fires "sw-sort" with
// the new one. The order of the rows is the caller's: where there are many, the server's.
class Table extends Element {
  #nodes = null;
  #columns = [];

  show({ columns, rows, keyOf, sort = "", empty = "", caption = "", state = null }) {
    this.#columns = columns;
    this.#nodes ??= this.#draw(caption);
    const { head, body, none } = this.#nodes;
    keyed(head, columns, (column) => column.key, (column) => this.#head(column), (node, column) => {
      const order = sort === column.key ? "ascending" : sort === `-${column.key}` ? "descending" : null;
      mark(node, "aria-sort", order);
    });
    keyed(body, rows, keyOf, (row) => this.#row(row), (node, row) => {
      if (state) mark(node, "data-state", state(row));
      for (const column of this.#columns) fillCell(node.cells_.get(column.key), column, row);
    });
    none.hidden = rows.length > 0;
    write(none, empty);
  }

  #draw(caption) {
    const nodes = { head: h("tr"), body: h("tbody"), none: h("p", { class: "quiet", hidden: true }) };
    const title = caption ? h("caption", { class: "unseen" }, caption) : null;
    this.append(h("div", { class: "scroll" }, h("table", {}, title, h("thead", {}, nodes.head), nodes.body)), nodes.none);
    return nodes;
  }

  #head({ key, label, isNumber, isSortable }) {
    const press = ({ currentTarget }) => {
      const down = currentTarget.parentElement.getAttribute("aria-sort") === "ascending";
      this.dispatchEvent(new CustomEvent("sw-sort", { detail: down ? `-${key}` : key, bubbles: true }));
    };
    const inner = isSortable ? h("button", { type: "button", class: "bare", onclick: press }, label) : label;
    return h("th", { scope: "col", class: isNumber && "number" }, inner);
  }

  #row() {
    const row = h("tr");
    row.cells_ = new Map();
    for (const { key, label, isNumber, make } of this.#columns) {
      const cell = h("td", { class: isNumber && "number", data: { label, key } });
      if (make) cell.append(make());
      row.cells_.set(key, cell);
      row.append(cell);
    }
    return row;
  }
}

function fillCell(cell, column, row) {
  if (column.update) column.update(cell.firstChild, row);
  else {
    const value = column.cell(row);
    if (value instanceof Node) cell.replaceChildren(value);
    else write(cell, value);
  }
}

customElements.define("sw-table", Table);
