// How many bits random nets keep about their input, by layers passed: a thin line per net, a thick one for each
// family's median.
import { onResize, Plot, polyline } from "../components/plot.js";
import { element } from "../components/scales.js";
import { opened } from "../components/section.js";

const MARGIN = { left: 52, right: 14, top: 10, bottom: 48 };
const EVERY = { layers: 10, bits: 2 };

export default function render(component) {
  const { data, root, words } = opened(component);
  const svg = root.querySelector("svg");

  const last = data.layers.at(-1);
  const plot = new Plot(svg, MARGIN, {
    x: (layers) => layers / last,
    y: (bits) => bits / data.bits,
    size: [900, 320],
    below: 20,
  });
  for (let bits = 0; bits <= data.bits; bits += EVERY.bits) plot.level(bits, bits);
  for (let layers = 0; layers <= last; layers += EVERY.layers) plot.under(layers, plot.x(layers));
  plot.text(words.layers, (plot.left + plot.right) / 2, plot.bottom + 42, "middle");
  const bits = plot.text(words.bits, 0, 0, "middle");
  bits.setAttribute("transform", `translate(15 ${(plot.top + plot.bottom) / 2}) rotate(-90)`);

  const draw = (values, kind) => {
    const d = polyline(values.map((value, index) => [plot.x(data.layers[index]), plot.y(value)]));
    element("path", { class: `line ${kind}`, d }, svg);
  };
  for (const { family, nets } of data.curves) for (const bits of nets) draw(bits, `net ${family}`);
  for (const { family, median } of data.curves) draw(median, `median ${family}`);
  for (const { family } of data.curves) root.querySelector(`.legend .${family}`).textContent = words[family];
  svg.setAttribute("aria-label", words.alt);

  return onResize(root, [svg], () => render(component));
}
