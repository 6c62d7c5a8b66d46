// Saves the figure with the given key as an SVG or PNG file, as it looks on the page, with its title above and its
// citation and link below.
import { flattened, fontsOf, plainColour, serialised, sheet } from "../components/flatten.js";
import { element } from "../components/scales.js";

const KEY = "st-key-section-";
const PADDING = 24;
const LINE = 24;
const SCALE = 2; // pixels of a PNG per pixel of the page

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  root.querySelector("span").textContent = data.labels.keep;
  for (const button of root.querySelectorAll("button")) {
    const kind = button.dataset.kind;
    button.textContent = kind.toUpperCase();
    button.setAttribute("aria-label", `${data.labels.keep} ${kind.toUpperCase()}${data.labels.colon}${data.title}`);
    button.onclick = async () => {
      const figure = document.querySelector(`.st-key-${data.figure}`);
      if (figure) save(await file(kind, await whole(figure, data, root)), `${data.name}.${kind}`);
    };
  }
}

/**
 * The page's address, at the section of the figure instead of the one that was opened.
 *
 * @param {string} href
 * @param {string} section
 */
export function linkTo(href, section) {
  const link = new URL(href);
  if (section) {
    link.hash = "";
    link.searchParams.set("show", section);
  }
  return link.href;
}

function sectionOf(figure) {
  const section = figure.closest(`[class*="${KEY}"]`);
  return [...(section?.classList ?? [])].find((name) => name.startsWith(KEY))?.slice(KEY.length) ?? "";
}

async function whole(figure, data, root) {
  const style = getComputedStyle(root);
  const { group, width, height, families } = await flattened(figure);
  const notes = [data.citation, `resnet-edu · ${linkTo(location.href, sectionOf(figure))}`].filter(Boolean);
  const size = {
    width: Math.ceil(width) + 2 * PADDING,
    height: Math.ceil(height) + 3 * PADDING + LINE * (1 + notes.length),
  };
  const svg = sheet({ ...size, viewBox: `0 0 ${size.width} ${size.height}` });
  families.add(style.fontFamily);
  element("style", {}, svg).textContent = await fontsOf(families);
  element("rect", { ...size, fill: plainColour(style.getPropertyValue("--st-background-color").trim()) }, svg);
  const text = (line, y, look) => {
    const made = element(
      "text",
      { x: PADDING, y, fill: plainColour(style.color), "font-family": style.fontFamily, ...look },
      svg,
    );
    made.textContent = line;
  };
  text(data.title, PADDING + 18, { "font-size": 20, "font-weight": 650 });
  group.setAttribute("transform", `translate(${PADDING} ${PADDING + LINE + 10})`);
  svg.append(group);
  notes.forEach((line, index) => {
    text(line, size.height - PADDING - LINE * (notes.length - 1 - index), { "font-size": 14 });
  });
  return { svg, ...size };
}

async function file(kind, { svg, width, height }) {
  const source = new Blob([serialised(svg)], { type: "image/svg+xml" });
  if (kind === "svg") return URL.createObjectURL(source);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(serialised(svg))}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * SCALE, height: height * SCALE });
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

function save(url, name) {
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  if (url.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
