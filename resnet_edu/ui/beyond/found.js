// What a net has found, over the picture: boxes, masks, and each one's name. Boxes of a class share a colour; their
// names tell them apart without it.
import { element } from "../components/scales.js";

const LETTERS = 24; // of the longer side: how many times a name is high

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("section");
  const svg = root.querySelector("svg");
  const [width, height] = data.size;
  const size = Math.max(width, height) / LETTERS;
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-label", data.labels.title);
  element("image", { href: data.picture, width, height }, svg);
  for (const { mask } of data.things) if (mask) element("image", { href: mask.picture, ...mask.place }, svg);
  for (const thing of data.things.filter((each) => each.boxed)) {
    const [left, top, right, bottom] = thing.box;
    const box = { x: left, y: top, width: right - left, height: bottom - top };
    element("rect", { class: "halo", ...box }, svg);
    element("rect", { stroke: thing.colour, ...box }, svg);
  }
  for (const { name, score, box, boxed } of data.things) {
    const [left, top, right, bottom] = box;
    const far = left > width * 0.7; // a name at the right edge ends with its box
    const x = boxed ? (far ? right : left) + (far ? -1 : 1) * size * 0.3 : (left + right) / 2;
    const y = boxed ? Math.min(Math.max(top, 0) + size * 1.1, height - size * 0.3) : (top + bottom) / 2;
    const look = { x, y, "font-size": size, "stroke-width": size / 4 };
    const anchor = boxed ? (far ? "end" : "start") : "middle";
    element("text", { ...look, "text-anchor": anchor }, svg).textContent = `${name} ${score}`;
  }
  root.dataset.drawn = data.things.length;
}
