// Recorded training runs: errors by epoch on the left, one epoch's signals by layer on the right. Every epoch is here, so
// a drag paints without the server.
import { element, measured, power } from "../components/scales.js";

const PLOT = { left: 52, right: 14, top: 8, bottom: 44 };
const PAPER = 58; // at the right, outside the epochs, for the paper's final errors
const NICE = [1, 2, 5];
const THIN = [1.3, 2.1];
const BOLD = [2.2, 4];

export default function render(component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const find = (selector) => root.querySelector(selector);
  const words = data.labels;
  const { runs } = data;
  const input = find("input");
  const state = (root.state ??= { epoch: data.epoch, dragging: false });
  // What Python knows may be older than the hand: until the last value sent has come back, the hand is right.
  if (state.sent === data.epoch) state.sent = null;
  if (!state.dragging && state.sent == null && state.given !== data.epoch) state.epoch = data.epoch;
  state.given = data.epoch;

  const shallowest = Math.min(...runs.map((run) => run.depth));
  const weight = (run) => (run.depth > shallowest ? 1 : 0);
  const widths = (run) => `--thin: ${THIN[weight(run)]}; --bold: ${BOLD[weight(run)]}`;
  const [errors, layers] = [find(".errors svg"), find(".layers svg")];
  const log = Math.log10;
  const cleanly = (value) => String(Number(value.toPrecision(3)));
  const told = (value) => (value === undefined ? "–" : value.toFixed(1));

  function axes(svg, low, high, rightMargin) {
    svg.replaceChildren();
    const width = svg.clientWidth || 500;
    const height = svg.clientHeight || 262;
    const right = width - rightMargin;
    const bottom = height - PLOT.bottom;
    const y = (value) => {
      const share = (log(Math.min(high, Math.max(low, value))) - log(low)) / (log(high) - log(low));
      return bottom - (bottom - PLOT.top) * (Number.isNaN(share) ? 0 : share);
    };
    const line = (value, text) => {
      element("path", { class: "grid", d: `M${PLOT.left} ${y(value)}H${width - PLOT.right}` }, svg);
      element("text", { class: "tick", x: PLOT.left - 8, y: y(value) + 5, "text-anchor": "end" }, svg).textContent = text;
    };
    const under = (x, text, row = 0, anchor = "middle") => {
      element("text", { class: "tick", x, y: bottom + 18 + 19 * row, "text-anchor": anchor }, svg).textContent = text;
    };
    return { svg, y, right, bottom, line, under };
  }

  // The parts that only new data, another language or another width changes.
  const key = JSON.stringify([errors.clientWidth, layers.clientWidth, words, data.quantity, runs.map((run) => [run.name, run.train.length])]);
  if (state.key !== key) {
    state.key = key;
    const all = runs.flatMap((run) => [...run.train, ...run.test, ...(run.paper ? [run.paper] : [])]).filter((each) => each > 0);
    const floor = 10 ** Math.floor(log(Math.min(...all)));
    const low = Math.max(...NICE.map((each) => each * floor).filter((each) => each <= Math.min(...all)));
    const plot = axes(errors, low, Math.max(...all) * 1.05, PLOT.right + PAPER);
    for (let decade = floor; decade <= Math.max(...all); decade *= 10)
      for (const nice of NICE) if (nice * decade >= low && nice * decade <= Math.max(...all)) plot.line(nice * decade, `${cleanly(nice * decade)} %`);
    plot.x = (epoch) => PLOT.left + ((plot.right - PLOT.left) * epoch) / data.epochs;
    for (let epoch = 0; epoch <= data.epochs; epoch += data.epochs > 100 ? 40 : 10) plot.under(plot.x(epoch), epoch);
    plot.under((PLOT.left + plot.right) / 2, words.epochs, 1);
    if (runs.some((run) => run.paper)) plot.under(errors.clientWidth - PLOT.right, words.paper, 0, "end");
    const until = element("clipPath", { id: "until" }, element("defs", {}, errors));
    state.until = element("rect", { x: 0, y: 0, width: 0, height: errors.clientHeight }, until);
    state.guide = element("path", { class: "guide" }, errors);
    state.dots = new Map();
    const path = (values) => values.map((each, index) => `${index ? "L" : "M"}${plot.x(index + 1).toFixed(1)} ${plot.y(each).toFixed(1)}`).join("");
    for (const shown of ["later", "now"]) {
      const group = element("g", shown === "now" ? { "clip-path": "url(#until)" } : { class: "later" }, errors);
      for (const run of runs)
        for (const split of ["train", "test"]) element("path", { class: `line ${split} ${run.family}`, d: path(run[split]), style: widths(run), "data-run": run.name }, group);
    }
    for (const run of runs) {
      state.dots.set(run.name, ["train", "test"].map((split) => element("circle", { class: `dot ${run.family}`, r: split === "test" ? 6 : 4.5 }, errors)));
      if (run.paper) {
        const at = plot.right + PAPER / 2 + 14;
        const mark = element("circle", { class: `paper ${run.family}`, r: 5 + weight(run), cx: at, cy: plot.y(run.paper) }, errors);
        element("title", {}, mark).textContent = `${words.names[run.name]}: ${run.paper} % · ${words.cited}`;
      }
    }
    state.errors = plot;

    const signals = runs.flatMap((run) => Object.values(run.probes).flatMap((probe) => probe[data.quantity].map(measured))).filter((each) => each > 0 && Number.isFinite(each));
    const [bottom, top] = [Math.floor(log(Math.min(...signals))), Math.ceil(log(Math.max(...signals)))];
    const depth = axes(layers, 10 ** bottom, 10 ** Math.max(bottom + 1, top), PLOT.right);
    for (let exponent = bottom; exponent <= top; exponent += Math.max(1, Math.ceil((top - bottom) / 6))) depth.line(10 ** exponent, power(exponent));
    if (top - bottom <= 1) for (const nice of [2, 5]) depth.line(nice * 10 ** bottom, cleanly(nice * 10 ** bottom));
    depth.x = (index, last) => PLOT.left + ((depth.right - PLOT.left) * index) / Math.max(1, last);
    depth.under(PLOT.left, words.first, 0, "start");
    depth.under(depth.right, words.last, 0, "end");
    depth.lines = new Map(runs.map((run) => [run.name, element("path", { class: `line ${run.family}`, style: widths(run), "data-run": run.name }, layers)]));
    state.layers = depth;

    find("label").textContent = words.epoch;
    find(".errors .title").textContent = words.errors;
    find("thead tr").replaceChildren(...words.columns.map((text) => Object.assign(document.createElement("th"), { textContent: text, scope: "col" })));
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
        const paper = Object.assign(document.createElement("td"), { textContent: run.paper ? `${run.paper} %` : "–" });
        row.append(head, ...cells, paper);
        return [run.name, { row, cells }];
      }),
    );
    find("tbody").replaceChildren(...[...state.cells.values()].map(({ row }) => row));
  }

  const probeAt = (run) => Object.keys(run.probes).map(Number).filter((epoch) => epoch <= state.epoch).pop() ?? 0;

  function draw() {
    const { epoch } = state;
    const at = state.errors.x(epoch);
    state.until.setAttribute("width", at + 1);
    state.guide.setAttribute("d", `M${at} ${PLOT.top}V${state.errors.bottom}`);
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
        cell.replaceChildren(Object.assign(document.createElement("b"), { textContent: told(value) }), " %");
      });
      const signals = run.probes[probeAt(run)][data.quantity].map(measured);
      const { x, y, lines } = state.layers;
      lines.get(run.name).setAttribute("d", signals.map((each, index) => `${index ? "L" : "M"}${x(index, signals.length - 1).toFixed(1)} ${y(each).toFixed(1)}`).join(""));
      return `${words.names[run.name]}: ${words.columns[1]} ${told(values[0])} %, ${words.columns[2]} ${told(values[1])} %`;
    });
    const probed = Math.max(...runs.map(probeAt));
    find(".layers .title").textContent = words.layers.replace("{epoch}", probed);
    find("output").textContent = epoch;
    input.setAttribute("aria-valuetext", `${words.epoch} ${epoch}. ${summary.join(". ")}`);
    for (const [svg, text] of [[errors, words.errors], [layers, find(".layers .title").textContent]]) {
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", `${text}. ${words.epoch} ${epoch}. ${summary.join(". ")}`);
    }
    root.dataset.epoch = epoch;
    root.dataset.probe = probed;
  }

  const tell = () => {
    state.sent = state.epoch;
    setStateValue("epoch", state.epoch);
  };
  const go = (epoch) => {
    state.epoch = epoch;
    input.value = epoch;
    draw();
  };

  input.max = data.epochs;
  input.value = state.epoch;
  input.oninput = () => {
    state.dragging = true;
    go(Number(input.value));
  };
  input.onchange = () => {
    state.dragging = false;
    tell();
  };

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
      tell();
      return;
    }
    if (state.epoch >= data.epochs) go(0);
    play.textContent = words.pause;
    state.timer = setInterval(() => {
      if (state.epoch < data.epochs) go(state.epoch + 1);
      if (state.epoch >= data.epochs) {
        stop();
        tell();
      }
    }, pace);
  };

  state.observer?.disconnect();
  const drawnAt = [errors.clientWidth, layers.clientWidth];
  state.observer = new ResizeObserver(() => {
    if ([errors.clientWidth, layers.clientWidth].some((width, index) => Math.abs(width - drawnAt[index]) > 1)) render(component);
  });
  state.observer.observe(root);
  draw();
  const { observer } = state;
  return () => {
    stop();
    observer.disconnect();
  };
}
