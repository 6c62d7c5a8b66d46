// Recorded training runs: errors by epoch, a panel for each family, and one epoch's signals by layer. The data for
// every epoch is here, so a drag redraws without the server.

import { onResize, Plot, polyline } from "../components/plot.js";
import { element, measured, power } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const MARGIN = { left: 52, right: 146, top: 8, bottom: 44 };
const PAPER = 16; // room to the right of the epochs for the paper's final errors
const BETWEEN = 17; // between two lines of text at the curves' ends
const NICE = [1, 2, 5];
const WIDTHS = [2, 3.8]; // line width shows the depth, dashes show training or test
const SPLITS = ["train", "test"];

/** Place texts near their `wanted` positions, in their order and at least `least` apart. */
export function apart(wanted, least, lowest, highest) {
  const order = wanted.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at);
  for (const [index, each] of order.entries())
    each.at = Math.max(each.at, index ? order[index - 1].at + least : lowest);
  for (const [index, each] of [...order].reverse().entries())
    each.at = Math.min(each.at, index ? order[order.length - index].at - least : highest);
  return order.sort((a, b) => a.index - b.index).map(({ at }) => at);
}

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  const { runs } = data;
  const input = find("input");
  const wanted = held(root, "epoch", data.epoch);

  const shallowest = Math.min(...runs.map((run) => run.depth));
  const weight = (run) => (run.depth > shallowest ? 1 : 0);
  const width = (run) => `--width: ${WIDTHS[weight(run)]}`;
  const families = [...new Set(runs.map((run) => run.family))];
  const layers = find(".layers svg");
  const log = Math.log10;
  const cleanly = (value) => String(Number(value.toPrecision(3)));
  const told = (value) => (value === undefined ? "–" : value.toFixed(1));

  // Draw a logarithmic axis from low to high; values out of range stand at its ends, NaN at its foot.
  function axes(svg, margin, x, low, high) {
    const y = (value) => {
      const share = (log(Math.min(high, Math.max(low, value))) - log(low)) / (log(high) - log(low));
      return Number.isNaN(share) ? 0 : share;
    };
    return new Plot(svg, margin, { x, y, size: [500, 262] });
  }

  root.dataset.families = families.length;
  root.dataset.signals = data.signals;
  find(".legend").textContent = words.legend;
  if (state.families !== families.join()) {
    state.families = families.join();
    state.key = null;
    find(".panels").replaceChildren(
      ...families.map((family) => {
        const panel = Object.assign(document.createElement("div"), { className: `errors ${family}` });
        const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        panel.append(Object.assign(document.createElement("p"), { className: "title" }), svg);
        return panel;
      }),
    );
  }
  const panels = families.map((family, index) => ({
    family,
    runs: runs.filter((run) => run.family === family),
    title: root.querySelectorAll(".panels .title")[index],
    svg: root.querySelectorAll(".panels svg")[index],
  }));

  function drawPanel({ family, svg, title, runs: own }, low, high, floor, number) {
    title.textContent = words.errors[family];
    const plot = axes(svg, MARGIN, (epoch) => epoch / data.epochs, low, high * 1.05);
    for (let decade = floor; decade <= high; decade *= 10)
      for (const nice of NICE)
        if (nice * decade >= low && nice * decade <= high) plot.level(nice * decade, `${cleanly(nice * decade)}%`);
    for (let epoch = 0; epoch <= data.epochs; epoch += data.epochs > 100 ? 40 : 10) plot.under(epoch, plot.x(epoch));
    plot.under(words.epochs, (plot.left + plot.right) / 2, "middle", 1);
    const id = `until-${number}`;
    const until = element("clipPath", { id }, element("defs", {}, svg));
    const clip = element("rect", { x: 0, y: 0, width: 0, height: svg.clientHeight }, until);
    const guide = element("path", { class: "guide" }, svg);
    const path = (values) => polyline(values.map((each, index) => [plot.x(index + 1), plot.y(each)]));
    for (const shown of ["later", "now"]) {
      const group = element("g", shown === "now" ? { "clip-path": `url(#${id})` } : { class: "later" }, svg);
      for (const run of own)
        for (const split of SPLITS)
          element(
            "path",
            { class: `line ${split} ${family}`, d: path(run[split]), style: width(run), "data-run": run.name },
            group,
          );
    }
    const curves = own.flatMap((run) => SPLITS.map((split) => ({ run, split })));
    const ends = apart(
      curves.map(({ run, split }) => plot.y(run[split].at(-1))),
      BETWEEN,
      plot.top + 4,
      plot.bottom,
    );
    const found = curves.map(({ run, split }, index) => ({
      run,
      split,
      dot: element("circle", { class: `dot ${family}`, r: split === "test" ? 6 : 4.5 }, svg),
      end: element("text", { class: `end ${family}`, x: plot.right + PAPER + 12, y: ends[index] + 5 }, svg),
    }));
    for (const run of own.filter((each) => each.paper)) {
      const at = { r: 5 + weight(run), cx: plot.right + PAPER / 2 + 2, cy: plot.y(run.paper) };
      const mark = element("circle", { class: `paper ${family}`, ...at }, svg);
      element("title", {}, mark).textContent = `${words.names[run.name]}${marks.colon}${run.paper}% · ${words.cited}`;
    }
    return { plot, clip, guide, curves: found };
  }

  // Rebuilt only for new data, another language or another width.
  const key = JSON.stringify([
    panels.map(({ svg }) => [svg.clientWidth, svg.clientHeight]),
    layers.clientWidth,
    words,
    data.quantity,
    runs.map((run) => [run.name, run.train.length]),
  ]);
  if (state.key !== key) {
    state.key = key;
    const all = runs
      .flatMap((run) => [...run.train, ...run.test, ...(run.paper ? [run.paper] : [])])
      .filter((each) => each > 0);
    const floor = 10 ** Math.floor(log(Math.min(...all)));
    const low = Math.max(...NICE.map((each) => each * floor).filter((each) => each <= Math.min(...all)));
    state.panels = panels.map((panel, number) => drawPanel(panel, low, Math.max(...all), floor, number));

    const signals = runs
      .flatMap((run) => Object.values(run.probes).flatMap((probe) => probe[data.quantity].map(measured)))
      .filter((each) => each > 0 && Number.isFinite(each));
    const [bottom, top] = [Math.floor(log(Math.min(...signals))), Math.ceil(log(Math.max(...signals)))];
    const margin = { ...MARGIN, right: 14, bottom: 24 };
    const depth = axes(layers, margin, (share) => share, 10 ** bottom, 10 ** Math.max(bottom + 1, top));
    for (let exponent = bottom; exponent <= top; exponent += Math.max(1, Math.ceil((top - bottom) / 6)))
      depth.level(10 ** exponent, power(exponent));
    if (top - bottom <= 1) for (const nice of [2, 5]) depth.level(nice * 10 ** bottom, cleanly(nice * 10 ** bottom));
    depth.under(words.first, depth.left, "start");
    depth.under(words.last, depth.right, "end");
    state.lines = new Map(
      runs.map((run) => [
        run.name,
        element("path", { class: `line ${run.family}`, style: width(run), "data-run": run.name }, layers),
      ]),
    );
    state.layers = depth;

    find("thead tr").replaceChildren(
      ...words.columns.map((text) => Object.assign(document.createElement("th"), { textContent: text, scope: "col" })),
    );
    state.cells = new Map(
      runs.map((run) => {
        const row = document.createElement("tr");
        row.className = run.family;
        const head = Object.assign(document.createElement("th"), { scope: "row", textContent: words.names[run.name] });
        const cells = SPLITS.map(() => document.createElement("td"));
        const paper = Object.assign(document.createElement("td"), {
          textContent: run.paper ? `${run.paper}%` : "–",
        });
        row.append(head, ...cells, paper);
        return [run.name, { row, cells }];
      }),
    );
    find("tbody").replaceChildren(...[...state.cells.values()].map(({ row }) => row));
  }

  const probeAt = (run) =>
    Object.keys(run.probes)
      .map(Number)
      .filter((epoch) => epoch <= wanted.value)
      .pop() ?? 0;

  function draw() {
    const epoch = wanted.value;
    for (const { plot, clip, guide, curves } of state.panels) {
      const at = plot.x(epoch);
      clip.setAttribute("width", at + 1);
      guide.setAttribute("d", `M${at} ${plot.top}V${plot.bottom}`);
      for (const { run, split, dot, end } of curves) {
        const value = run[split][epoch - 1];
        dot.setAttribute("visibility", value === undefined ? "hidden" : "visible");
        end.textContent = words.ends[split].replace("{depth}", run.depth).replace("{error}", told(value));
        if (value === undefined) continue;
        dot.setAttribute("cx", at);
        dot.setAttribute("cy", plot.y(value));
      }
    }
    const summary = new Map();
    for (const run of runs) {
      const values = SPLITS.map((split) => run[split][epoch - 1]);
      values.forEach((value, index) => {
        const cell = state.cells.get(run.name).cells[index];
        cell.replaceChildren(Object.assign(document.createElement("b"), { textContent: told(value) }), "%");
      });
      const signals = run.probes[probeAt(run)][data.quantity].map(measured);
      const { x, y } = state.layers;
      const line = signals.map((each, index) => [x(index / Math.max(1, signals.length - 1)), y(each)]);
      state.lines.get(run.name).setAttribute("d", polyline(line));
      const errors = values.map((value, index) => `${words.columns[index + 1]} ${told(value)}%`);
      summary.set(run, `${words.names[run.name]}${marks.colon}${errors.join(marks.item)}`);
    }
    const probed = Math.max(...runs.map(probeAt));
    find(".layers .title").textContent = words.layers.replace("{epoch}", probed);
    const said = (own) => [`${words.epoch} ${epoch}`, ...own.map((run) => summary.get(run))];
    reading(input, epoch, said(runs).join(marks.stop));
    for (const [svg, text, own] of [
      ...panels.map((panel) => [panel.svg, words.errors[panel.family], panel.runs]),
      [layers, find(".layers .title").textContent, runs],
    ]) {
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", [text, ...said(own)].join(marks.stop));
    }
    root.dataset.epoch = epoch;
    root.dataset.probe = probed;
  }

  const tell = (epoch) => setStateValue("epoch", epoch);
  const go = (epoch) => {
    wanted.value = epoch;
    input.value = epoch;
    draw();
  };

  input.max = data.epochs;
  slider(input, wanted, { draw, label: words.epoch, tell });

  const play = find(".play");
  const pace = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 900 : 180;
  const stop = () => {
    clearInterval(state.timer);
    state.timer = null;
    play.textContent = words.play;
  };
  play.textContent = state.timer ? words.pause : words.play;
  play.onclick = () => {
    if (state.timer) {
      stop();
      wanted.tell(tell);
      return;
    }
    if (wanted.value >= data.epochs) go(0);
    play.textContent = words.pause;
    state.timer = setInterval(() => {
      if (wanted.value < data.epochs) go(wanted.value + 1);
      if (wanted.value >= data.epochs) {
        stop();
        wanted.tell(tell);
      }
    }, pace);
  };

  draw();
  const stopWatching = onResize(root, [...panels.map(({ svg }) => svg), layers], () => render(component));
  return () => {
    stop();
    stopWatching();
  };
}
