// Recorded training runs: errors by epoch on the left, one epoch's signals by layer on the right. Every epoch is here, so
// a drag paints without the server.

import { onResize, Plot, polyline } from "../components/plot.js";
import { element, measured, power } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const MARGIN = { left: 52, right: 14, top: 8, bottom: 44 };
const PAPER = 58; // at the right, outside the epochs, for the paper's final errors
const NICE = [1, 2, 5];
const THIN = [1.3, 2.1];
const BOLD = [2.2, 4];

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  const { runs } = data;
  const input = find("input");
  const wanted = held(root, "epoch", data.epoch);

  const shallowest = Math.min(...runs.map((run) => run.depth));
  const weight = (run) => (run.depth > shallowest ? 1 : 0);
  const widths = (run) => `--thin: ${THIN[weight(run)]}; --bold: ${BOLD[weight(run)]}`;
  const [errors, layers] = [find(".errors svg"), find(".layers svg")];
  const log = Math.log10;
  const cleanly = (value) => String(Number(value.toPrecision(3)));
  const told = (value) => (value === undefined ? "–" : value.toFixed(1));

  // A logarithmic axis from low to high; what is no number stands at its foot.
  function axes(svg, x, low, high) {
    const y = (value) => {
      const share = (log(Math.min(high, Math.max(low, value))) - log(low)) / (log(high) - log(low));
      return Number.isNaN(share) ? 0 : share;
    };
    return new Plot(svg, MARGIN, { x, y, size: [500, 262] });
  }

  // The parts that only new data, another language or another width changes.
  const key = JSON.stringify([
    errors.clientWidth,
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
    const part = 1 - PAPER / ((errors.clientWidth || 500) - MARGIN.left - MARGIN.right);
    const plot = axes(errors, (epoch) => (part * epoch) / data.epochs, low, Math.max(...all) * 1.05);
    const end = plot.x(data.epochs);
    for (let decade = floor; decade <= Math.max(...all); decade *= 10)
      for (const nice of NICE)
        if (nice * decade >= low && nice * decade <= Math.max(...all))
          plot.level(nice * decade, `${cleanly(nice * decade)}${marks.per_cent}`);
    for (let epoch = 0; epoch <= data.epochs; epoch += data.epochs > 100 ? 40 : 10) plot.under(epoch, plot.x(epoch));
    plot.under(words.epochs, (plot.left + end) / 2, "middle", 1);
    if (runs.some((run) => run.paper)) plot.under(words.paper, plot.right, "end");
    const until = element("clipPath", { id: "until" }, element("defs", {}, errors));
    state.until = element("rect", { x: 0, y: 0, width: 0, height: errors.clientHeight }, until);
    state.guide = element("path", { class: "guide" }, errors);
    state.dots = new Map();
    const path = (values) => polyline(values.map((each, index) => [plot.x(index + 1), plot.y(each)]));
    for (const shown of ["later", "now"]) {
      const group = element("g", shown === "now" ? { "clip-path": "url(#until)" } : { class: "later" }, errors);
      for (const run of runs)
        for (const split of ["train", "test"])
          element(
            "path",
            { class: `line ${split} ${run.family}`, d: path(run[split]), style: widths(run), "data-run": run.name },
            group,
          );
    }
    for (const run of runs) {
      state.dots.set(
        run.name,
        ["train", "test"].map((split) =>
          element("circle", { class: `dot ${run.family}`, r: split === "test" ? 6 : 4.5 }, errors),
        ),
      );
      if (run.paper) {
        const at = end + PAPER / 2 + 14;
        const mark = element(
          "circle",
          { class: `paper ${run.family}`, r: 5 + weight(run), cx: at, cy: plot.y(run.paper) },
          errors,
        );
        element("title", {}, mark).textContent =
          `${words.names[run.name]}${marks.colon}${run.paper}${marks.per_cent} · ${words.cited}`;
      }
    }
    state.errors = plot;

    const signals = runs
      .flatMap((run) => Object.values(run.probes).flatMap((probe) => probe[data.quantity].map(measured)))
      .filter((each) => each > 0 && Number.isFinite(each));
    const [bottom, top] = [Math.floor(log(Math.min(...signals))), Math.ceil(log(Math.max(...signals)))];
    const depth = axes(layers, (share) => share, 10 ** bottom, 10 ** Math.max(bottom + 1, top));
    for (let exponent = bottom; exponent <= top; exponent += Math.max(1, Math.ceil((top - bottom) / 6)))
      depth.level(10 ** exponent, power(exponent));
    if (top - bottom <= 1) for (const nice of [2, 5]) depth.level(nice * 10 ** bottom, cleanly(nice * 10 ** bottom));
    depth.under(words.first, depth.left, "start");
    depth.under(words.last, depth.right, "end");
    state.lines = new Map(
      runs.map((run) => [
        run.name,
        element("path", { class: `line ${run.family}`, style: widths(run), "data-run": run.name }, layers),
      ]),
    );
    state.layers = depth;

    find(".errors .title").textContent = words.errors;
    find("thead tr").replaceChildren(
      ...words.columns.map((text) => Object.assign(document.createElement("th"), { textContent: text, scope: "col" })),
    );
    state.cells = new Map(
      runs.map((run) => {
        const row = document.createElement("tr");
        row.className = run.family;
        const head = Object.assign(document.createElement("th"), { scope: "row" });
        const sample = element("svg", { "aria-hidden": "true", style: widths(run) });
        element("path", { class: "line train", d: "M1 10H28" }, sample);
        element("path", { class: "line test", d: "M34 10H61" }, sample);
        head.append(sample, words.names[run.name]);
        const cells = ["train", "test"].map(() => document.createElement("td"));
        const paper = Object.assign(document.createElement("td"), {
          textContent: run.paper ? `${run.paper}${marks.per_cent}` : "–",
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
    const at = state.errors.x(epoch);
    state.until.setAttribute("width", at + 1);
    state.guide.setAttribute("d", `M${at} ${state.errors.top}V${state.errors.bottom}`);
    const summary = runs.map((run) => {
      const values = ["train", "test"].map((split) => run[split][epoch - 1]);
      values.forEach((value, index) => {
        const dot = state.dots.get(run.name)[index];
        dot.setAttribute("visibility", value === undefined ? "hidden" : "visible");
        if (value !== undefined) {
          dot.setAttribute("cx", at);
          dot.setAttribute("cy", state.errors.y(value));
        }
        const cell = state.cells.get(run.name).cells[index];
        cell.replaceChildren(Object.assign(document.createElement("b"), { textContent: told(value) }), marks.per_cent);
      });
      const signals = run.probes[probeAt(run)][data.quantity].map(measured);
      const { x, y } = state.layers;
      const line = signals.map((each, index) => [x(index / Math.max(1, signals.length - 1)), y(each)]);
      state.lines.get(run.name).setAttribute("d", polyline(line));
      const errors = values.map((value, index) => `${words.columns[index + 1]} ${told(value)}${marks.per_cent}`);
      return `${words.names[run.name]}${marks.colon}${errors.join(marks.item)}`;
    });
    const probed = Math.max(...runs.map(probeAt));
    find(".layers .title").textContent = words.layers.replace("{epoch}", probed);
    reading(input, epoch, [`${words.epoch} ${epoch}`, ...summary].join(marks.stop));
    for (const [svg, text] of [
      [errors, words.errors],
      [layers, find(".layers .title").textContent],
    ]) {
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", [text, `${words.epoch} ${epoch}`, ...summary].join(marks.stop));
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
  const stopWatching = onResize(root, [errors, layers], () => render(component));
  return () => {
    stop();
    stopWatching();
  };
}
