// Text reaches the page by textContent and attributes only: an id is never markup.

// h("a", { href, onclick, class: ["one", isTwo && "two"], data: { state } }, ...children).
// `show: [..]` calls node.show(..), which is how our own elements are given their values.
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(node, properties, children) {
  const { show, data, ...rest } = properties ?? {};
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith("on") && typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (Array.isArray(value)) node.setAttribute(name, value.filter(Boolean).join(" "));
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  for (const [name, value] of Object.entries(data ?? {})) node.dataset[name] = value;
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  if (show) node.show(...show);
  return node;
}

// Writing only what differs keeps selections, screen readers and hover where they are.
export function write(node, text) {
  const wanted = text === null || text === undefined ? "" : String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

export function mark(node, name, value) {
  const wanted = value === true ? "" : value === false || value === null || value === undefined ? null : String(value);
  if (wanted === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== wanted) node.setAttribute(name, wanted);
}

// Children in the order of `items`, each kept as long as its key is there: what did not change is not touched.
export function keyed(parent, items, keyOf, make, update) {
  const kept = (parent.keyed ??= new Map());
  const wanted = new Set(items.map(keyOf));
  for (const [key, node] of kept) {
    if (wanted.has(key)) continue;
    node.remove();
    kept.delete(key);
  }
  let before = null;
  for (const item of items) {
    const key = keyOf(item);
    let node = kept.get(key);
    if (!node) kept.set(key, (node = make(item)));
    update?.(node, item);
    const place = before ? before.nextSibling : parent.firstChild;
    if (node !== place) parent.insertBefore(node, place);
    before = node;
  }
}

// An element of ours: `connected(signal)` when it comes onto the page; the signal ends when it leaves.
export class Element extends HTMLElement {
  #ended = null;

  connectedCallback() {
    this.#ended = new AbortController();
    this.connected?.(this.#ended.signal);
  }

  disconnectedCallback() {
    this.#ended?.abort();
    this.disconnected?.();
  }
}
