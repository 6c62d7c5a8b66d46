// Nets side by side, one box per layer: layers of equal output size share a row; arcs are shortcuts, dashed where the
// shape changes.
import { element } from "../components/scales.js";

const ROW = 22;
const GAP = 10; // between two output sizes
const BOX = [190, 18];
const ARC = 46; // how far a shortcut reaches around its layers
const COLUMN = BOX[0] + ARC + 56;
const LEFT = 86;
const TOP = 100;

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const words = data.labels;
  const svg = root.querySelector("svg");
  svg.querySelector("title").textContent = words.title;
  root.querySelector(".scroll").setAttribute("aria-label", words.title);
  for (const old of svg.querySelectorAll(":scope > g")) old.remove();

  const sizes = [...new Set(data.nets.flatMap((net) => net.layers.map((layer) => layer.size)))].sort((a, b) => b - a);
  const rows = (net, size) => net.layers.filter((layer) => layer.size === size).length;
  const tops = new Map();
  let y = TOP;
  for (const size of sizes) {
    tops.set(size, y);
    y += Math.max(...data.nets.map((net) => rows(net, size))) * ROW + GAP;
  }
  const width = LEFT + COLUMN * data.nets.length;
  svg.setAttribute("width", width);
  svg.setAttribute("height", y);
  svg.setAttribute("viewBox", `0 0 ${width} ${y}`);

  const ground = element("g", {}, svg);
  for (const [size, top] of tops) {
    element("path", { class: "row", d: `M0 ${top - GAP / 2}H${width}` }, ground);
    write(ground, size === 1 ? "1" : `${size} × ${size}`, 0, top + 14, "size");
  }
  write(ground, words.size, 0, TOP - 16, "size");
  data.nets.forEach((net, index) => {
    column(net, LEFT + COLUMN * index);
  });
  root.dataset.layers = data.nets.map((net) => net.layers.length).join(" ");

  function column(net, left) {
    const group = element("g", { class: net.family }, svg);
    write(group, net.name, left, 22, "name");
    write(group, words.layers.replace("{layers}", net.count), left, 42);
    write(group, words.parameters.replace("{count}", net.parameters), left, 60);
    write(group, words.multiplyAdds.replace("{count}", net.multiplyAdds), left, 78);
    const used = new Map();
    const places = net.layers.map((layer) => {
      const number = used.get(layer.size) ?? 0;
      used.set(layer.size, number + 1);
      return tops.get(layer.size) + number * ROW;
    });
    const middle = left + BOX[0] / 2;
    places.forEach((top, at) => {
      if (at) element("path", { class: "wire", d: `M${middle} ${places[at - 1] + BOX[1]}V${top}` }, group);
    });
    for (const arc of net.arcs) {
      const [from, to] = [places[arc.from] + BOX[1] / 2, places[arc.to] + BOX[1] / 2 + 6];
      const right = left + BOX[0];
      const path = `M${right} ${from}C${right + ARC} ${from + 4} ${right + ARC} ${to - 4} ${right} ${to}`;
      element("path", { class: `arc ${arc.dashed ? "dashed" : ""}`, d: path }, group);
    }
    net.layers.forEach((layer, at) => {
      const box = { class: layer.pool ? "pool" : "", x: left, y: places[at], width: BOX[0], height: BOX[1], rx: 4 };
      element("rect", box, group);
      write(group, layer.text, middle, places[at] + 14, "", "middle");
    });
  }
}

function write(parent, text, x, y, name = "", anchor = "start") {
  element("text", { class: name, x, y, "text-anchor": anchor }, parent).textContent = text;
}
