// Bits that random nets keep about their input, by the layers passed: every net a thin line, each family's median a thick one.
const PLOT = { left: 52, right: 14, top: 10, bottom: 48 };
const EVERY = { layers: 10, bits: 2 };

export default function render(component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const svg = root.querySelector("svg");
  const words = data.labels;

  svg.replaceChildren();
  const width = svg.clientWidth || 900;
  const right = width - PLOT.right;
  const bottom = (svg.clientHeight || 320) - PLOT.bottom;
  const last = data.layers.at(-1);
  const x = (layers) => PLOT.left + ((right - PLOT.left) * layers) / last;
  const y = (bits) => bottom - ((bottom - PLOT.top) * bits) / data.bits;
  const write = (content, attributes) => {
    element("text", attributes, svg).textContent = content;
  };
  for (let bits = 0; bits <= data.bits; bits += EVERY.bits) {
    element("path", { class: "grid", d: `M${PLOT.left} ${y(bits)}H${right}` }, svg);
    write(bits, { x: PLOT.left - 8, y: y(bits) + 5, "text-anchor": "end" });
  }
  for (let layers = 0; layers <= last; layers += EVERY.layers) write(layers, { x: x(layers), y: bottom + 20, "text-anchor": "middle" });
  write(words.layers, { x: (PLOT.left + right) / 2, y: bottom + 42, "text-anchor": "middle" });
  write(words.bits, { transform: `translate(15 ${(PLOT.top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" });

  const draw = (bits, kind) => {
    const d = bits.map((value, index) => `${index ? "L" : "M"}${x(data.layers[index]).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    element("path", { class: `line ${kind}`, d }, svg);
  };
  for (const { family, nets } of data.curves) for (const bits of nets) draw(bits, `net ${family}`);
  for (const { family, median } of data.curves) draw(median, `median ${family}`);
  for (const { family } of data.curves) root.querySelector(`.legend .${family}`).textContent = words[family];
  svg.setAttribute("aria-label", words.alt);

  const observer = new ResizeObserver(() => {
    if (Math.abs((svg.clientWidth || width) - width) > 1) render(component);
  });
  root.observer?.disconnect();
  root.observer = observer;
  observer.observe(root);
  return () => observer.disconnect();
}
