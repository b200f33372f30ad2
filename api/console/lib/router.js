// Pages by URL below /console; the server answers the same document to each of them.
const BASE = "/console";
const routes = [];
let outlet = null;
let shown = null;
let turn = 0;

// A segment "." or ".." would be resolved by the browser: these and what begins with "~" are written as ~2E, ~7E.
const segment = (value) => {
  const text = String(value);
  if (!/^(\.{1,2}$|~)/.test(text)) return encodeURIComponent(text);
  return encodeURIComponent(text).replace(/[.~]/g, (one) => `~${one.charCodeAt(0).toString(16).toUpperCase()}`);
};
const plain = (text) => {
  const decoded = decodeURIComponent(text);
  return decoded.startsWith("~") ? decoded.replace(/~(2E|7E)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))) : decoded;
};

// page`/kinds/${kind}/shards/${n}`: the URL of a page, each value one segment.
export const page = (strings, ...parts) => BASE + String.raw({ raw: strings }, ...parts.map(segment));

// route("/kinds/:kind", "sw-page-kind"): params by name; the module is pages/<tag>.js, loaded when first needed.
export function route(pattern, tag) {
  const names = [];
  const source = pattern.replace(/:(\w+)/g, (_, name) => {
    names.push(name);
    return "([^/]+)";
  });
  routes.push({ expression: new RegExp(`^${source}/?$`), names, tag });
}

export function find(pathname) {
  const rest = pathname.startsWith(BASE) ? pathname.slice(BASE.length) || "/" : "/";
  for (const { expression, names, tag } of routes) {
    const match = expression.exec(rest);
    if (!match) continue;
    try {
      return { tag, params: Object.fromEntries(names.map((name, index) => [name, plain(match[index + 1])])) };
    } catch {
      return null;
    }
  }
  return null;
}

// Go to a page; `replace` leaves no step for "back" (a filter that changed, for example).
export function go(url, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  return render();
}

// The query of this page with some values changed; null or "" takes one out.
export function setQuery(changes) {
  const values = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") values.delete(name);
    else values.set(name, value);
  }
  const text = values.toString();
  return go(location.pathname + (text ? `?${text}` : ""), { replace: true });
}

export const currentUrl = () => location.pathname + location.search;

// The page that is shown has `params` and `query` (URLSearchParams); on a change of these alone it is kept, and
// its routed() is called. It may set document.title; moves of the focus are made here.
async function render({ fresh = false } = {}) {
  const mine = ++turn;
  const found = find(location.pathname) ?? { tag: "sw-page-missing", params: {} };
  const query = new URLSearchParams(location.search);
  const same = !fresh && shown?.tag === found.tag && JSON.stringify(shown.params) === JSON.stringify(found.params);
  if (same) {
    shown.node.query = query;
    shown.node.routed?.();
    dispatchEvent(new Event("sw-routed"));
    return;
  }
  try {
    await import(`../pages/${found.tag}.js`);
  } catch (failure) {
    console.warn(failure.message);
    found.tag = "sw-page-missing";
    await import("../pages/sw-page-missing.js");
  }
  if (mine !== turn) return;
  const node = document.createElement(found.tag);
  node.params = found.params;
  node.query = query;
  const isFirst = shown === null;
  shown = { ...found, node };
  outlet.replaceChildren(node);
  if (!isFirst && !fresh) {
    scrollTo(0, 0);
    outlet.focus({ preventScroll: true });
  }
  dispatchEvent(new Event("sw-routed"));
}

export const refresh = () => render({ fresh: true });

export function start(node) {
  outlet = node;
  if (!location.pathname.startsWith(`${BASE}/`)) history.replaceState(null, "", `${BASE}/${location.search}`);
  addEventListener("popstate", () => render());
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const wanted = link && !link.target && !link.hasAttribute("download") && new URL(link.href);
    if (!wanted || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (wanted.origin !== location.origin || !wanted.pathname.startsWith(`${BASE}/`) || wanted.hash) return;
    event.preventDefault();
    if (wanted.pathname + wanted.search !== currentUrl()) go(wanted.pathname + wanted.search);
  });
  return render();
}
