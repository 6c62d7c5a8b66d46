// A figure as it looks right now, as one SVG without style sheets: HTML becomes rectangles, pictures and lines of
// text at their positions on the page; drawings are copied with their styles.
import { element, SVG } from "./scales.js";

const DRAWN = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linecap",
  "vector-effect",
  "opacity",
  "visibility",
  "display",
  "font-size",
  "font-family",
  "font-weight",
  "font-style",
  "text-anchor",
  "paint-order",
];
const LEFT_OUT = ".hoverlayer, .modebar-container, style, script, template, option, [data-hover]";

/** Convert the "color(srgb 0.8 0.4 0)" that mixed colours compute to, which only browsers read, to rgba. */
export const plainColour = (text) =>
  text.replace(/color\(srgb ([^)/]+)(?:\/ ([^)]+))?\)/g, (_, channels, alpha = "1") => {
    const [red, green, blue] = channels
      .trim()
      .split(/\s+/)
      .map((each) => Math.round(Number(each) * 255));
    return `rgba(${red}, ${green}, ${blue}, ${alpha.trim()})`;
  });

/**
 * Return the figure under `root`, or under any element that contains it, as a group of its size on the page.
 *
 * @param {any} root
 */
export async function flattened(root) {
  const box = root.getBoundingClientRect();
  const group = element("g", {});
  /** @type {any} */
  const found = { origin: box, group, families: new Set(), gradients: 0 };
  await visit(root, found);
  return { group, width: box.width, height: box.height, families: found.families };
}

async function visit(node, found) {
  if (node.nodeType === Node.TEXT_NODE) {
    lines(node, found);
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || node.matches(LEFT_OUT)) return;
  const style = getComputedStyle(node);
  if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return;
  const box = node.getBoundingClientRect();
  const opacity = Number(style.opacity);
  const outer = found.group;
  if (opacity < 1) found.group = element("g", { opacity }, outer);
  if (node instanceof SVGElement) drawing(node, box, found);
  else {
    if (!(node instanceof HTMLInputElement && node.type === "range")) ground(box, style, found);
    if (node instanceof HTMLCanvasElement) picture(await pixels(node), box, style, found);
    else if (node instanceof HTMLImageElement) picture(node.src, box, style, found);
    else if (node instanceof HTMLInputElement) control(node, box, style, found);
    else for (const child of (node.shadowRoot ?? node).childNodes) await visit(child, found);
  }
  found.group = outer;
}

// A canvas of plotly's 3-D plots is empty once it has been shown; its scene redraws it.
async function pixels(canvas) {
  const scene = canvas.closest(".js-plotly-plot")?._fullLayout?.scene?._scene;
  return scene && canvas.closest(".gl-container") ? scene.toImage("png") : canvas.toDataURL();
}

function place(box, { origin }) {
  return { x: box.left - origin.left, y: box.top - origin.top, width: box.width, height: box.height };
}

function ground(box, style, found) {
  const fill = plainColour(style.backgroundColor);
  const edge = Number.parseFloat(style.borderTopWidth) || Number.parseFloat(style.borderLeftWidth) || 0;
  const image = style.backgroundImage;
  const colours = image.startsWith("linear-gradient") ? image.match(/(?:rgba?|color)\([^)]+\)/g) : null;
  if (!box.width || !box.height) return;
  if (image.startsWith('url("data:')) picture(image.slice(5, -2), box, style, found);
  if (/^(transparent|rgba\(.*, 0\))$/.test(fill) && !edge && !colours) return;
  const all = edge && [style.borderTopWidth, style.borderBottomWidth, style.borderLeftWidth].every(Number.parseFloat);
  const { x, y, width, height } = place(box, found);
  const inside = {
    x: x + edge / 2,
    y: y + edge / 2,
    width: Math.max(0, width - edge),
    height: Math.max(0, height - edge),
  };
  const shape = {
    ...(all ? inside : { x, y, width, height }),
    rx: Math.min(Number.parseFloat(style.borderTopLeftRadius) || 0, height / 2),
  };
  const stroke = all ? { stroke: plainColour(style.borderTopColor), "stroke-width": edge } : {};
  const dashed = all && style.borderTopStyle === "dashed" ? { "stroke-dasharray": `${2 * edge} ${2 * edge}` } : {};
  const made = element("rect", { ...shape, fill, ...stroke, ...dashed }, found.group);
  if (!all && Number.parseFloat(style.borderBottomWidth))
    rule(x, y + height, x + width, style.borderBottomColor, found);
  if (!colours) return;
  const id = `colours-${found.gradients++}`;
  const gradient = element("linearGradient", { id }, found.group);
  colours.forEach((colour, index) => {
    element("stop", { offset: index / (colours.length - 1), "stop-color": plainColour(colour) }, gradient);
  });
  made.setAttribute("fill", `url(#${id})`);
}

function rule(left, y, right, colour, found) {
  element("path", { d: `M${left} ${y}H${right}`, stroke: plainColour(colour), "stroke-width": 1 }, found.group);
}

function picture(href, box, style, found) {
  if (!box.width || !box.height) return;
  const edge = Number.parseFloat(style.borderLeftWidth) || 0;
  const { x, y, width, height } = place(box, found);
  const inside = { x: x + edge, y: y + edge, width: width - 2 * edge, height: height - 2 * edge };
  const rendering = style.imageRendering === "pixelated" ? { style: "image-rendering:pixelated" } : {};
  element("image", { ...inside, href, preserveAspectRatio: "none", ...rendering }, found.group);
}

function control(input, box, style, found) {
  const { x, y, width, height } = place(box, found);
  if (input.type === "range") {
    const share = (Number(input.value) - Number(input.min)) / (Number(input.max) - Number(input.min) || 1);
    rule(x, y + height / 2, x + width, style.color, found);
    element(
      "circle",
      { cx: x + 8 + share * (width - 16), cy: y + height / 2, r: 8, fill: plainColour(style.color) },
      found.group,
    );
    return;
  }
  if (input.type === "checkbox" || input.type === "radio") return;
  write(input.value, { left: box.left + 6, top: box.top, width: 0, height: box.height }, style, found);
}

// A drawing keeps its own coordinates; its styles are inlined, because the file has no style sheet.
function drawing(svg, box, found) {
  const copy = svg.cloneNode(true);
  const originals = [svg, ...svg.querySelectorAll("*")];
  const gone = [];
  [copy, ...copy.querySelectorAll("*")].forEach((each, index) => {
    const original = originals[index];
    if (original.matches(LEFT_OUT) || ["title", "desc", "style"].includes(original.localName)) {
      gone.push(each);
      return;
    }
    const style = getComputedStyle(original);
    each.removeAttribute("class");
    each.setAttribute("style", DRAWN.map((name) => `${name}:${plainColour(style.getPropertyValue(name))}`).join(";"));
    if (original.localName === "text") found.families.add(style.fontFamily);
  });
  for (const each of gone) each.remove();
  for (const [name, value] of Object.entries(place(box, found))) copy.setAttribute(name, value);
  copy.setAttribute("overflow", getComputedStyle(svg).overflow === "visible" ? "visible" : "hidden");
  found.group.append(copy);
}

// Write a text with the line breaks that it has on the page.
function lines(node, found) {
  const style = getComputedStyle(node.parentElement ?? node.parentNode.host);
  const range = document.createRange();
  /** @type {any} */
  let line = null;
  for (const part of node.data.matchAll(/[⺀-鿿＀-￯]|[^\s⺀-鿿＀-￯]+/g)) {
    range.setStart(node, part.index);
    range.setEnd(node, part.index + part[0].length);
    const box = range.getBoundingClientRect();
    if (!box.width) continue;
    if (line && Math.abs(line.top - box.top) < 3) {
      line.end = part.index + part[0].length;
      line.right = box.right;
    } else {
      if (line) write(node.data.slice(line.start, line.end), sized(line), style, found);
      line = {
        start: part.index,
        end: part.index + part[0].length,
        left: box.left,
        right: box.right,
        top: box.top,
        height: box.height,
      };
    }
  }
  if (line) write(node.data.slice(line.start, line.end), sized(line), style, found);
}

const sized = (line) => ({ left: line.left, top: line.top, width: line.right - line.left, height: line.height });

function write(text, box, style, found) {
  const size = Number.parseFloat(style.fontSize);
  const look = {
    x: box.left - found.origin.left,
    y: box.top - found.origin.top + box.height / 2 + size * 0.34, // centres the capitals vertically in the line
    fill: plainColour(style.color),
    "font-family": style.fontFamily,
    "font-size": size,
    "font-weight": style.fontWeight,
    "font-style": style.fontStyle,
    ...(style.textDecorationLine === "none" ? {} : { "text-decoration": style.textDecorationLine }),
    ...(box.width ? { textLength: box.width, lengthAdjust: "spacingAndGlyphs" } : {}),
  };
  found.families.add(style.fontFamily);
  element("text", look, found.group).textContent = text.replace(/\s+/g, " ");
}

/**
 * Return the faces of the families that the page has loaded from its own server as CSS with the fonts embedded,
 * because a file has no server. Families installed on the reader's system are left out.
 *
 * @param {Set<string>} families
 */
export async function fontsOf(families) {
  const wanted = new Set(
    [...families].flatMap((family) => family.split(",").map((name) => name.trim().replace(/["']/g, ""))),
  );
  const rules = [...document.styleSheets].filter(isOwn).flatMap((sheet) => [...sheet.cssRules]);
  const faces = /** @type {any[]} */ (rules.filter((rule) => rule instanceof CSSFontFaceRule)).filter(
    ({ style }) =>
      wanted.has(style.getPropertyValue("font-family").replace(/["']/g, "")) &&
      style.getPropertyValue("font-style") !== "italic",
  );
  const written = faces.map(async (face) => {
    const url = face.style.getPropertyValue("src").match(/url\(["']?([^"')]+)/)?.[1];
    if (!url || url.startsWith("data:")) return face.cssText;
    const answer = await fetch(new URL(url, face.parentStyleSheet.href ?? location.href));
    return face.cssText.replace(/url\([^)]*\)/, `url(${await asData(await answer.blob())})`);
  });
  return (await Promise.all(written)).join("\n");
}

const isOwn = (sheet) => !sheet.href || new URL(sheet.href).origin === location.origin;

function asData(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

export const serialised = (svg) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(svg)}`;
export const sheet = (attributes) => element("svg", { xmlns: SVG, ...attributes });
