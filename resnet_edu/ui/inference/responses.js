// Standard deviations by block: what comes by the shortcut, what F adds, and the plain twin's F.
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
  svg.replaceChildren();
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", data.labels.title);
  const width = svg.clientWidth || 800;
  const height = svg.clientHeight || 260;
  const top = Math.max(...data.series.flatMap((each) => each.values)) * 1.08 || 1;
  const count = data.blocks.length;
  const step = (width - MARGIN.left - MARGIN.right) / count;
  const x = (index) => MARGIN.left + step * (index + 0.5);
  const y = (value) => height - MARGIN.bottom - (value / top) * (height - MARGIN.top - MARGIN.bottom);
  const unit = 10 ** Math.floor(Math.log10(top / 3));
  const every = [1, 2, 5].map((each) => each * unit).find((each) => top / each <= 5) ?? 10 * unit;
  const at = data.blocks.findIndex((block) => block.name === data.chosen);
  if (at >= 0)
    element(
      "rect",
      { class: "guide", x: x(at) - step / 2, y: MARGIN.top, width: step, height: height - MARGIN.top - MARGIN.bottom },
      svg,
    );
  for (let value = 0; value <= top; value += every) {
    element("path", { class: "grid", d: `M${MARGIN.left} ${y(value)}H${width - MARGIN.right}` }, svg);
    element("text", { class: "tick", x: MARGIN.left - 8, y: y(value) + 5, "text-anchor": "end" }, svg).textContent =
      top < 10000 ? String(Number(value.toPrecision(3))) : scientific(value);
  }
  data.blocks.forEach((block, index) => {
    if (index && data.blocks[index - 1].stage === block.stage) return;
    if (index)
      element("path", { class: "grid", d: `M${x(index) - step / 2} ${MARGIN.top}V${height - MARGIN.bottom}` }, svg);
    element("text", { class: "tick", x: x(index) - step / 2 + 4, y: height - 8 }, svg).textContent =
      `${data.labels.stage} ${block.stage}`;
  });
  for (const { name, values } of data.series) {
    element(
      "path",
      {
        class: `line ${name}`,
        d: values.map((value, index) => `${index ? "L" : "M"}${x(index)} ${y(value)}`).join(""),
      },
      svg,
    );
    if (step > 14)
      values.forEach((value, index) => {
        const [tag, attributes] = SHAPES[name](x(index), y(value));
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
  root.observer?.disconnect();
  root.observer = new ResizeObserver(() => Math.abs(svg.clientWidth - width) > 1 && render(component));
  root.observer.observe(svg);
  const { observer } = root;
  return () => observer.disconnect();
}
