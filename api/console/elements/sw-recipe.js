import { Element, h, write } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { take } from "./sw-id.js";

// How the same is done from a shell: a curl line and a line of the CLI, filled in, the token left to the shell.
// show({method, path, body, cli}).
class Recipe extends Element {
  #nodes = null;

  show(recipe) {
    this.#nodes ??= this.#draw();
    write(this.#nodes.curl, curl(recipe));
    write(this.#nodes.cli, recipe.cli ?? "");
    this.#nodes.cliRow.hidden = !recipe.cli;
  }

  #draw() {
    const nodes = { curl: h("code"), cli: h("code") };
    const row = (code, name) =>
      h(
        "div",
        { class: "line" },
        h("span", { class: "quiet" }, name),
        code,
        h("button", { type: "button", class: "bare", "aria-label": t("copy"), onclick: () => take(code.textContent) }, "⧉"),
      );
    nodes.cliRow = row(nodes.cli, "shell");
    const sheet = h("div", { class: "sheet", popover: "auto" }, row(nodes.curl, "curl"), nodes.cliRow);
    const open = h("button", { type: "button", class: "bare", "aria-label": t("recipe"), title: t("recipe") }, "</>");
    open.popoverTargetElement = sheet;
    open.addEventListener("click", () => requestAnimationFrame(() => near(sheet, open)));
    this.append(open, sheet);
    return nodes;
  }
}

function near(sheet, button) {
  const place = button.getBoundingClientRect();
  const width = sheet.offsetWidth;
  sheet.style.left = `${Math.max(8, Math.min(place.left, innerWidth - width - 8))}px`;
  sheet.style.top = `${Math.max(8, Math.min(place.bottom + 4, innerHeight - sheet.offsetHeight - 8))}px`;
}

export const quote = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${String(text).replaceAll("'", `'\\''`)}'`);

export function curl({ method = "GET", path, body }) {
  const parts = ["curl -fsS"];
  if (method !== "GET") parts.push(`-X ${method}`);
  parts.push(quote(location.origin + path), `-H "Authorization: Bearer $SHARDWRIGHT_TOKEN"`);
  if (body !== undefined) parts.push("-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(body))}`);
  return parts.join(" ");
}

customElements.define("sw-recipe", Recipe);
