// Standard deviations by block: what the shortcut carries, what F adds, and the plain twin's F.
import { onResize, Plot, polyline } from "../components/plot.js";
import { element, scientific } from "../components/scales.js";

const MARGIN = { left: 48, right: 10, top: 10, bottom: 30 };
const SHAPES = {
  shortcut: (x, y) => ["circle", { cx: x, cy: y, r: 5.5 }],
  residual: (x, y) => ["rect", { x: x - 5.5, y: y - 5.5, width: 11, height: 11 }],
  plain: (x, y) => ["path", { d: `M${x} ${y - 7}L${x + 7} ${y + 5}H${x - 7}Z` }],
};

export default function render(component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const svg = root.querySelector("section > svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", data.labels.title);
  const top = Math.max(...data.series.flatMap((each) => each.values)) * 1.08 || 1;
  const count = data.blocks.length;
  const plot = new Plot(svg, MARGIN, {
    x: (index) => (index + 0.5) / count,
    y: (value) => value / top,
    size: [800, 260],
    below: 22,
  });
  const step = (plot.right - plot.left) / count;
  const unit = 10 ** Math.floor(Math.log10(top / 3));
  const every = [1, 2, 5].map((each) => each * unit).find((each) => top / each <= 5) ?? 10 * unit;
  const at = data.blocks.findIndex((block) => block.name === data.chosen);
  if (at >= 0) {
    const place = { x: plot.x(at) - step / 2, y: plot.top, width: step, height: plot.bottom - plot.top };
    element("rect", { class: "guide", ...place }, svg);
  }
  for (let value = 0; value <= top; value += every)
    plot.level(value, top < 10000 ? Number(value.toPrecision(3)) : scientific(value));
  data.blocks.forEach((block, index) => {
    if (index && data.blocks[index - 1].stage === block.stage) return;
    const start = plot.x(index) - step / 2;
    if (index) element("path", { class: "grid", d: `M${start} ${plot.top}V${plot.bottom}` }, svg);
    plot.under(`${data.labels.stage} ${block.stage}`, start + 4, "start");
  });
  for (const { name, values } of data.series) {
    const line = polyline(values.map((value, index) => [plot.x(index), plot.y(value)]));
    element("path", { class: `line ${name}`, d: line }, svg);
    if (step > 14)
      values.forEach((value, index) => {
        const [tag, attributes] = SHAPES[name](plot.x(index), plot.y(value));
        element(tag, { class: `mark ${name}`, "data-value": value, ...attributes }, svg);
      });
  }
  root.querySelector(".key").replaceChildren(
    ...data.series.map(({ name }) => {
      const item = document.createElement("span");
      const sample = element("svg", { viewBox: "0 0 22 18", "aria-hidden": "true" });
      const [tag, attributes] = SHAPES[name](11, 9);
      element(tag, { class: `mark ${name}`, ...attributes }, sample);
      item.append(sample, data.labels[name]);
      return item;
    }),
  );
  root.querySelector(".axis").textContent = data.labels.axis;
  return onResize(root, [svg], () => render(component));
}
