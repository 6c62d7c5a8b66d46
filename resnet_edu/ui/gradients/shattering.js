// How alike are the gradients of neighbouring inputs? Two nets' gradients along a path, their autocorrelation by
// distance, and that of neighbours by depth. All depths are here, so a drag paints without the server.
import { element, measured, scientific } from "../components/scales.js";

const NETS = ["plain", "residual"];
const REACH = 4; // standard deviations that a path's drawing shows
const BOX = { left: 38, right: 10, top: 8, bottom: 24 };
const LOWEST = -0.25;

export default function render(component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const find = (selector) => root.querySelector(selector);
  const words = data.labels;
  const input = find("input");
  const state = (root.state ??= { depth: data.depth, dragging: false });
  if (state.sent === data.depth) state.sent = null;
  if (!state.dragging && state.sent == null && state.given !== data.depth) state.depth = data.depth;
  state.given = data.depth;

  if (state.text !== data.pairs) Object.assign(state, { text: data.pairs, pairs: JSON.parse(data.pairs) });
  const { pairs } = state;

  const depths = Object.keys(pairs)
    .map(Number)
    .sort((a, b) => a - b);
  const nearest = () => depths.reduce((a, b) => (Math.abs(b - state.depth) < Math.abs(a - state.depth) ? b : a));
  const alike = (depth, net) => measured(pairs[depth][net].autocorrelation[1]);
  const told = (value) => (Number.isNaN(value) ? "–" : value.toFixed(2));

  // An empty plot from 1 down to LOWEST; x runs from 0 to last.
  function frame(svg, last, ticks) {
    svg.replaceChildren();
    const width = svg.clientWidth || 300;
    const height = svg.clientHeight || 190;
    const x = (value) => BOX.left + ((width - BOX.left - BOX.right) * value) / last;
    const y = (value) => BOX.top + ((height - BOX.top - BOX.bottom) * (1 - Math.max(LOWEST, value))) / (1 - LOWEST);
    for (const level of [0, 0.5, 1]) {
      element("path", { class: "grid", d: `M${BOX.left} ${y(level)}H${width - BOX.right}` }, svg);
      element("text", { class: "tick", x: BOX.left - 8, y: y(level) + 5, "text-anchor": "end" }, svg).textContent =
        `${level}`;
    }
    for (const tick of ticks)
      element("text", { class: "tick", x: x(tick), y: height - 5, "text-anchor": "middle" }, svg).textContent = tick;
    const lines = Object.fromEntries(NETS.map((net) => [net, element("path", { class: `line ${net}` }, svg)]));
    return { svg, x, y, lines };
  }

  const polyline = (points) =>
    points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

  // The parts that only new data, another language or another width changes.
  const widths = [...root.querySelectorAll("svg")].map((svg) => svg.clientWidth);
  const key = JSON.stringify([widths, words, data.run, depths]);
  if (state.key !== key) {
    state.key = key;
    const lags = pairs[depths[0]].plain.autocorrelation.length - 1;
    state.lags = frame(
      find(".lags svg"),
      lags,
      [0, 5, 10, 15].filter((lag) => lag <= lags),
    );
    const deepest = data.deepest;
    state.depths = frame(
      find(".depths svg"),
      deepest,
      [0, 10, 20, 30, 40, 50].filter((depth) => depth <= deepest),
    );
    state.dots = {};
    for (const net of NETS) {
      const line = depths.map((depth) => [state.depths.x(depth), state.depths.y(alike(depth, net))]);
      state.depths.lines[net].setAttribute("d", polyline(line));
      state.dots[net] = element("circle", { class: `dot ${net}`, r: 6 }, state.depths.svg);
      const svg = find(`.${net} .path`);
      svg.replaceChildren();
      element("path", { class: "grid", d: `M0 ${svg.clientHeight / 2}H${svg.clientWidth}` }, svg);
      state[net] = element("path", { class: "line" }, svg);
      find(`.${net} .name`).textContent = words[net];
    }
    find(".paths .caption").textContent = words.path;
    find(".lags p").textContent = words.lagsTitle;
    find(".lags .caption").textContent = words.lags;
    find(".depths p").textContent = words.depthsTitle;
    find(".depths .caption").textContent = words.depths;
    find("label").textContent = words.depth;
  }

  function draw() {
    const depth = nearest();
    const summary = NETS.map((net) => {
      const { gradient, autocorrelation } = pairs[depth][net];
      const svg = find(`.${net} .path`);
      const [width, height] = [svg.clientWidth || 500, svg.clientHeight || 96];
      const clipped = (value) => Math.min(REACH, Math.max(-REACH, value));
      const path = gradient.map((raw, index) => [
        (width * index) / (gradient.length - 1),
        (height * (REACH - clipped(measured(raw)))) / (2 * REACH),
      ]);
      state[net].setAttribute("d", path.some(([, y]) => Number.isNaN(y)) ? "" : polyline(path));
      const curve = autocorrelation.map((raw, lag) => [state.lags.x(lag), state.lags.y(measured(raw))]);
      state.lags.lines[net].setAttribute("d", curve.some(([, y]) => Number.isNaN(y)) ? "" : polyline(curve));
      const value = alike(depth, net);
      state.dots[net].setAttribute("cx", state.depths.x(depth));
      state.dots[net].setAttribute("cy", state.depths.y(Number.isNaN(value) ? LOWEST : value));
      const sentence = find(`.${net} .alike`);
      sentence.replaceChildren(words.alike, " ");
      sentence.append(Object.assign(document.createElement("b"), { textContent: told(value) }));
      sentence.append(` · ${words.deviation} ${scientific(measured(pairs[depth][net].deviation))}`);
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", `${words[net]}. ${words.path} ${words.alike} ${told(value)}`);
      return `${words[net]} ${told(value)}`;
    }).join(", ");
    find("output").textContent = depth;
    for (const svg of root.querySelectorAll(".lags svg, .depths svg")) svg.setAttribute("role", "img");
    find(".lags svg").setAttribute("aria-label", `${words.lagsTitle}. ${words.depth} ${depth}. ${summary}`);
    find(".depths svg").setAttribute(
      "aria-label",
      `${words.depthsTitle}. ${depths.map((each) => `${each}: ${NETS.map((net) => `${words[net]} ${told(alike(each, net))}`).join(", ")}`).join("; ")}`,
    );
    input.setAttribute("aria-valuetext", `${depth}. ${summary}`);
    root.dataset.depth = depth;
  }

  input.max = depths.length - 1;
  input.value = depths.indexOf(nearest());
  input.oninput = () => {
    state.dragging = true;
    state.depth = depths[Number(input.value)];
    draw();
  };
  input.onchange = () => {
    state.dragging = false;
    state.sent = state.depth;
    setStateValue("depth", state.depth);
  };

  state.observer?.disconnect();
  state.observer = new ResizeObserver(() => {
    const now = [...root.querySelectorAll("svg")].map((svg) => svg.clientWidth);
    if (now.some((width, index) => Math.abs(width - widths[index]) > 1)) render(component);
  });
  state.observer.observe(root);
  draw();
  const { observer } = state;
  return () => observer.disconnect();
}
