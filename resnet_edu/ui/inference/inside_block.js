// One channel through a block: the shortcut, the residual branch, their sum, and the sum after the activation.
import { diverging, floats, gradientOf, paintValues } from "../components/colours.js";
import { scientific } from "../components/scales.js";

const AFTER = { relu: (value) => Math.max(0, value), tanh: Math.tanh, sigmoid: (value) => 1 / (1 + Math.exp(-value)) };

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const shortcut = floats(data.shortcut);
  const residual = floats(data.residual);
  const sum = shortcut.map((value, index) => value + residual[index]);
  const output = data.tail.reduce((values, name) => values.map(AFTER[name]), sum);
  const parts = { shortcut, residual, sum, output };
  const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const end = Math.max(...Object.values(parts).map(largest)) || 1;
  for (const [name, values] of Object.entries(parts)) {
    const canvas = root.querySelector(`[data-part=${name}]`);
    paintValues(canvas, values, data.width, (value) => diverging(value / end));
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", data.labels[name]);
    canvas.dataset.largest = largest(values);
    canvas.nextElementSibling.textContent = data.labels[name];
  }
  const text = (selector, value) => Object.assign(root.querySelector(selector), { textContent: value });
  text(".low", scientific(-end).replace("-", "−"));
  text(".high", scientific(end));
  text(".what", data.labels.legend);
  root.querySelector(".bar").style.background = gradientOf(true);
  root.dataset.key = data.key;
}
