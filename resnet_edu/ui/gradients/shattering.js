// How similar are the gradients of neighbouring inputs? Two nets' gradients along a path, their autocorrelation by
// distance, and that of neighbours by depth. All depths are here, so a drag redraws without the server.
import { onResize, Plot, polyline } from "../components/plot.js";
import { element, measured, nearestOf, scientific } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const NETS = ["plain", "residual"];
const REACH = 4; // standard deviations shown in the drawing of a path
const BOX = { left: 38, right: 10, top: 8, bottom: 24 };
const LOWEST = -0.25;

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  const input = find("input");
  const wanted = held(root, "depth", data.depth);

  if (state.text !== data.pairs) Object.assign(state, { text: data.pairs, pairs: JSON.parse(data.pairs) });
  const { pairs } = state;

  const depths = Object.keys(pairs)
    .map(Number)
    .sort((a, b) => a - b);
  const nearest = () => nearestOf(depths, wanted.value);
  const alike = (depth, net) => measured(pairs[depth][net].autocorrelation[1]);
  const told = (value) => (Number.isNaN(value) ? "–" : value.toFixed(2));
  const bothAt = (depth) => NETS.map((net) => `${words[net]} ${told(alike(depth, net))}`).join(marks.item);

  // Draw an empty plot with y from LOWEST to 1 and x from 0 to last.
  function frame(svg, last, ticks) {
    const plot = new Plot(svg, BOX, {
      x: (value) => value / last,
      y: (value) => (Math.max(LOWEST, value) - LOWEST) / (1 - LOWEST),
      size: [300, 190],
      below: 19,
    });
    for (const level of [0, 0.5, 1]) plot.level(level, level);
    for (const tick of ticks) plot.under(tick, plot.x(tick));
    const lines = Object.fromEntries(NETS.map((net) => [net, element("path", { class: `line ${net}` }, svg)]));
    return { svg, x: plot.x, y: plot.y, lines };
  }

  // Rebuilt only for new data, another language or another width.
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
      state[net].setAttribute("d", polyline(path));
      const curve = autocorrelation.map((raw, lag) => [state.lags.x(lag), state.lags.y(measured(raw))]);
      state.lags.lines[net].setAttribute("d", polyline(curve));
      const value = alike(depth, net);
      state.dots[net].setAttribute("cx", state.depths.x(depth));
      state.dots[net].setAttribute("cy", state.depths.y(Number.isNaN(value) ? LOWEST : value));
      const sentence = find(`.${net} .alike`);
      sentence.replaceChildren(words.alike, " ");
      sentence.append(Object.assign(document.createElement("b"), { textContent: told(value) }));
      sentence.append(` · ${words.deviation} ${scientific(measured(pairs[depth][net].deviation))}`);
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", [words[net], `${words.path} ${words.alike} ${told(value)}`].join(marks.stop));
      return `${words[net]} ${told(value)}`;
    }).join(marks.item);
    for (const svg of root.querySelectorAll(".lags svg, .depths svg")) svg.setAttribute("role", "img");
    find(".lags svg").setAttribute(
      "aria-label",
      [words.lagsTitle, `${words.depth} ${depth}`, summary].join(marks.stop),
    );
    find(".depths svg").setAttribute(
      "aria-label",
      [words.depthsTitle, depths.map((each) => `${each}${marks.colon}${bothAt(each)}`).join(marks.clause)].join(
        marks.stop,
      ),
    );
    reading(input, depth, [depth, summary].join(marks.stop));
    root.dataset.depth = depth;
  }

  input.max = depths.length - 1;
  slider(input, wanted, {
    draw,
    label: words.depth,
    tell: (depth) => setStateValue("depth", depth),
    read: (at) => depths[at],
    place: () => depths.indexOf(nearest()),
  });
  draw();
  return onResize(root, root.querySelectorAll("svg"), () => render(component));
}
