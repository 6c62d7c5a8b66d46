// One of a net's maps over a picture: its positions, what the middle one sees (dashed), and objects of several sizes,
// each with its size written beside it.
import { element } from "../components/scales.js";

const GAP = 8; // between a leader and its label

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("section");
  const svg = root.querySelector("svg");
  const { side, stride, field, objects, labels } = data;
  const middle = side / 2;
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.setAttribute("aria-label", labels.title);
  element("image", { href: data.picture, width: side, height: side }, svg);
  const lines = Array.from(
    { length: side / stride + 1 },
    (_, at) => `M${at * stride} 0V${side}M0 ${at * stride}H${side}`,
  );
  element("path", { class: "grid", d: lines.join("") }, svg);

  // The middle position, and objects that begin and end at the grid's lines, so that their positions can be counted.
  const position = middle + stride / 2;
  const centre = (pixels) => (Math.ceil(pixels / stride) % 2 ? position : middle);
  const from = Math.max(position - field / 2, 2);
  const to = Math.min(position + field / 2, side - 2);
  const top = Math.min(from, ...objects.map((pixels) => centre(pixels) - pixels / 2)) - 1.5 * GAP; // above all boxes
  square(from, to - from, "field");
  if (to - from < side / 2) lead(`M${position} ${from}V${top + GAP}`, "field");

  // The smallest object's label is on the right, the next one's on the left, and so on, below each other.
  objects.forEach((pixels, at) => {
    const [way, half, place] = [at % 2 ? -1 : 1, pixels / 2, centre(pixels)];
    square(place - half, pixels, "object");
    const y = place + half * 0.6;
    const end = middle + way * Math.max(half + 12, side * 0.27);
    lead(`M${place + way * half} ${y}H${end}`, "object");
    write(labels.objects[at], end + way * GAP, y + 7, way > 0 ? "start" : "end");
  });
  write(labels.field, position, Math.max(top, 24), "middle");
  root.dataset.drawn = data.name;

  function square(from, pixels, name) {
    const box = { x: from, y: from, width: pixels, height: pixels };
    element("rect", { class: "halo", ...box }, svg);
    element("rect", { class: name, ...box }, svg);
  }

  function lead(d, name) {
    element("path", { class: "halo", d }, svg);
    element("path", { class: name, d }, svg);
  }

  function write(text, x, y, anchor) {
    element("text", { x, y, "text-anchor": anchor }, svg).textContent = text;
  }
}
