// Two consecutive blocks of each version: the path of x runs straight down on the right, the branches on its left.
import { element } from "../components/scales.js";

const BOX = [120, 30];
const STEP = 42;
const PATH = 230; // x-position of the path of x
const BLOCKS = 2;

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  root.replaceChildren(
    ...data.nets.map((net) => {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      caption.append(Object.assign(document.createElement("b"), { textContent: net.name }), ` · ${net.cited}`);
      caption.append(document.createElement("br"), net.said);
      figure.append(caption, drawing(net));
      return figure;
    }),
  );
}

function drawing(net) {
  const height = BLOCKS * ((net.branch.length + 1 + net.path.length) * STEP + 34) + 60;
  const svg = element("svg", { viewBox: `0 0 300 ${height}`, role: "img", "aria-label": net.spoken });
  element("path", { class: "path", d: `M${PATH} 34V${height - 30}` }, svg);
  text(svg, "x", PATH, 22);
  let y = 44;
  for (let block = 0; block < BLOCKS; block += 1) {
    const middle = 10 + BOX[0] / 2;
    const end = y + 24 + net.branch.length * STEP + 8;
    element("path", { class: "wire", d: `M${PATH - 3} ${y}H${middle}V${end}H${PATH - 14}` }, svg);
    net.branch.forEach((title, at) => {
      box(svg, title, middle, y + 24 + at * STEP, "");
    });
    element("circle", { cx: PATH, cy: end, r: 14 }, svg);
    element("path", { class: "plus", d: `M${PATH - 7} ${end}H${PATH + 7}M${PATH} ${end - 7}V${end + 7}` }, svg);
    y = end + 26;
    for (const title of net.path) {
      box(svg, title, PATH, y, "on-path");
      y += STEP;
    }
  }
  text(svg, "y", PATH, height - 6);
  return svg;
}

function box(svg, title, middle, top, name) {
  const [width, height] = BOX;
  element("rect", { class: name, x: middle - width / 2, y: top, width, height, rx: 6 }, svg);
  text(svg, title, middle, top + 21);
}

function text(svg, said, x, y) {
  element("text", { x, y }, svg).textContent = said;
}
