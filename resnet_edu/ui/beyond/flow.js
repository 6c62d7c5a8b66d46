// A flow in the plane and Euler's steps along it, with the distance of their end from the flow's by the number of steps.
// The points for every number of steps are here, so a drag redraws without the server.
import { onResize, Plot, polyline } from "../components/plot.js";
import { element, power, scientific } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const MARGIN = { left: 52, right: 16, top: 8, bottom: 46 };
const ARROW = 0.09; // half the length of the field's dashes, in units of the plane
const GRID = 12;

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  const input = find("input");
  const steps = held(root, "steps", data.steps);

  if (state.text !== data.points) Object.assign(state, { text: data.points, flow: JSON.parse(data.points) });
  const { exact, euler, errors } = state.flow;
  const plane = find(".flow svg");
  const chart = find(".errors svg");

  const key = JSON.stringify([plane.clientWidth, plane.clientHeight, chart.clientWidth, chart.clientHeight, words]);
  if (state.key !== key) {
    state.key = key;
    drawPlane();
    drawErrors();
    find(".flow .title").textContent = words.flow;
    find(".errors .title").textContent = words.errors;
    find(".legend .exact").textContent = words.exact;
    find(".legend .euler").textContent = words.euler;
    find(".legend .apart").textContent = words.apart;
  }

  // The window's corners are data's; one unit is as long on both axes.
  function drawPlane() {
    plane.replaceChildren();
    const [left, right, bottom, top] = data.window;
    const [width, height] = [plane.clientWidth || 500, plane.clientHeight || 340];
    const unit = Math.min(width / (right - left), height / (top - bottom));
    const middle = width / 2 - (unit * (left + right)) / 2;
    state.at = ([x, y]) => [middle + unit * x, height - unit * (y - bottom)];
    const cell = (top - bottom) / GRID;
    for (let x = -middle / unit + cell / 2; unit * x + middle < width; x += cell)
      for (let y = bottom + cell / 2; y < top; y += cell) {
        const [across, up] = data.matrix.map(([a, b]) => a * x + b * y);
        const half = ARROW / (Math.hypot(across, up) || 1);
        const [from, to] = [-1, 1].map((sign) => state.at([x + sign * half * across, y + sign * half * up]));
        element("path", { class: "field", d: polyline([from, to]) }, plane);
        element("circle", { class: "head", cx: to[0], cy: to[1], r: 2 }, plane);
      }
    element("path", { class: "line exact", d: polyline(exact.map(state.at)) }, plane);
    state.gap = element("path", { class: "gap" }, plane);
    state.line = element("path", { class: "line euler" }, plane);
    state.dots = element("g", {}, plane);
    const [x, y] = state.at(exact.at(-1));
    element("circle", { class: "end", cx: x, cy: y, r: 8 }, plane);
  }

  function drawErrors() {
    const ends = (values) => [Math.min(...values), Math.max(...values)].map(Math.log10);
    const most = data.most;
    const [low, high] = [Math.floor(ends(errors)[0]), Math.ceil(ends(errors)[1])];
    const plot = new Plot(chart, MARGIN, {
      x: (count) => Math.log(count) / Math.log(most),
      y: (error) => (Math.log10(error) - low) / (high - low),
      size: [500, 340],
    });
    for (let exponent = low; exponent <= high; exponent += 1) plot.level(10 ** exponent, power(exponent));
    for (let count = 1; count <= most; count *= 2) plot.under(count, plot.x(count));
    plot.under(words.axis, (plot.left + plot.right) / 2, "middle", 1);
    errors.forEach((error, index) => {
      element("circle", { class: "small", cx: plot.x(index + 1), cy: plot.y(error), r: 3.5 }, chart);
    });
    state.mark = element("circle", { class: "dot", r: 7 }, chart);
    state.plot = plot;
  }

  function draw() {
    const count = steps.value;
    const points = euler[count - 1].map(state.at);
    state.line.setAttribute("d", polyline(points));
    state.gap.setAttribute("d", polyline([points.at(-1), state.at(exact.at(-1))]));
    state.dots.replaceChildren(...points.map(([cx, cy]) => element("circle", { class: "dot", cx, cy, r: 4.5 })));
    const error = errors[count - 1];
    state.mark.setAttribute("cx", state.plot.x(count));
    state.mark.setAttribute("cy", state.plot.y(error));
    const values = { steps: count, h: scientific(data.end / count), error: scientific(error) };
    const fill = (text) =>
      Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, value), text);
    const half = errors[2 * count - 1];
    const told = [fill(words.told), words.halved.replace("{half}", scientific(half))].join(marks.sentence);
    find(".told").textContent = told;
    plane.setAttribute("aria-label", [words.flow, told].join(marks.stop));
    chart.setAttribute("aria-label", [words.errors, told].join(marks.stop));
    reading(input, count, told);
    root.dataset.steps = count;
    root.dataset.error = error;
  }

  input.min = 1;
  input.max = data.slider;
  slider(input, steps, { draw, label: words.steps, tell: (count) => setStateValue("steps", count) });
  draw();
  return onResize(root, root.querySelectorAll("svg"), () => render(component));
}
