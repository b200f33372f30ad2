() => {
  const faults = [];
  const say = (rule, node) => faults.push(`${rule}: ${node.outerHTML.slice(0, 160)}`);
  const all = [...document.querySelectorAll("body, body *")];
  const isShown = (node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !node.closest("[hidden]");
  const isClipped = (node) => Boolean(node.closest(".unseen, .skip, svg, option, select"));

  // --- contrast: text on the ground that is really behind it
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const groundOf = (node) => {
    const layers = [];
    for (let one = node; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), rgba("Canvas"));
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratio = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  for (const node of all) {
    const hasText = [...node.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
    if (!hasText || !isShown(node) || isClipped(node)) continue;
    const style = getComputedStyle(node);
    const ground = groundOf(node);
    const found = ratio(over(rgba(style.color), ground), ground);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (found < (isLarge ? 3 : 4.5)) say(`contrast ${found.toFixed(2)}`, node);
  }

  // --- names
  const labelled = (node) => {
    const by = (node.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    const label = node.labels?.length ? [...node.labels].map((one) => one.textContent).join(" ") : "";
    return (node.getAttribute("aria-label") || by.trim() || label.trim() || node.textContent.trim() || node.title || "").trim();
  };
  for (const node of document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button]")) {
    if (isShown(node) && !labelled(node)) say("no name", node);
  }
  for (const node of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (isShown(node) && !node.labels?.length && !node.getAttribute("aria-label")) say("no label", node);
  }
  for (const node of document.querySelectorAll("svg:not([aria-hidden=true])")) {
    if (isShown(node) && !node.getAttribute("aria-label") && !node.querySelector("title")?.textContent) say("picture without a name", node);
  }
  for (const node of document.querySelectorAll("[role=progressbar], [role=log], [role=dialog], dialog[open]")) {
    if (isShown(node) && !labelled(node)) say("no name", node);
  }

  // --- structure
  const ids = all.map((node) => node.id).filter(Boolean);
  for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index))) faults.push(`the id ${id} stands twice`);
  const mains = [...document.querySelectorAll("main, [role=main]")].filter(isShown);
  if (mains.length !== 1) faults.push(`${mains.length} main landmarks`);
  if (document.querySelectorAll("header, [role=banner]").length !== 1) faults.push("not one banner");
  const heads = [...document.querySelectorAll("h1, h2, h3, h4")].filter((node) => isShown(node) || node.matches(".unseen"));
  if (heads.filter((node) => node.tagName === "H1").length !== 1) faults.push("not one h1");
  heads.reduce((before, node) => {
    const level = Number(node.tagName[1]);
    if (level > before + 1) say("a heading leaves a level out", node);
    return level;
  }, 0);
  for (const node of document.querySelectorAll("ul > *, ol > *")) if (!node.matches("li, script, template")) say("no item of its list", node);
  for (const node of document.querySelectorAll("li")) if (!node.closest("ul, ol, [role=list]")) say("an item without a list", node);
  for (const node of document.querySelectorAll("[role=listitem]")) if (!node.closest("[role=list]")) say("an item without a list", node);
  for (const node of document.querySelectorAll("dt, dd")) if (!node.closest("dl")) say("a term without a list", node);
  for (const node of document.querySelectorAll("table")) if (!node.querySelector("th")) say("a table without heads", node);
  if (!document.documentElement.lang) faults.push("the document has no language");
  if (!document.title.trim()) faults.push("the document has no title");
  for (const node of document.querySelectorAll("[aria-hidden=true]")) {
    if (node.querySelector("a[href], button, input, select, [tabindex='0']")) say("focus within what is hidden", node);
  }
  for (const node of document.querySelectorAll("a a, button button, a button, button a")) say("a control within a control", node);

  // --- the order of focus is that of the document
  for (const node of document.querySelectorAll("[tabindex]")) if (node.tabIndex > 0) say("its own order of focus", node);

  // --- targets: 24 px, or room around it
  for (const node of document.querySelectorAll("button, input, select, summary, a.button")) {
    if (!isShown(node) || node.closest(".unseen")) continue;
    const box = node.getBoundingClientRect();
    if (box.width && (box.width < 16 || box.height < 16)) say(`a target of ${box.width.toFixed(0)} x ${box.height.toFixed(0)}`, node);
  }
  return faults;
}
