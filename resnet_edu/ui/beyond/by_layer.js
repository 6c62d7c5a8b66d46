// Several nets, layer by layer, on a scale of powers of ten. The slider is the net's depth; with `prefix`, the first
// layers of the deepest net are those of every shallower one. All depths are here, so a drag redraws without the server.
import { put } from "../components/announce.js";
import { onResize, Plot, polyline } from "../components/plot.js";
import { element, measured, nearestOf, power, scientific } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const BOX = { left: 56, right: 14, top: 10, bottom: 28 };
const LINES = 6; // grid lines at most
const SAMPLE = 64; // the width of a legend's line

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  const input = find("input");
  const curves = find(".curves");
  const wanted = held(root, "position", data.position);
  state.layer ??= null;

  if (state.text !== data.curves) Object.assign(state, { text: data.curves, depths: JSON.parse(data.curves) });
  const { depths } = state;
  const ids = data.nets.map((net) => net.id);

  const known = Object.keys(depths).map(Number);
  const deepest = Math.max(...known);
  const positions = data.prefix ? [...Array(deepest).keys()].map((at) => at + 1) : known.sort((a, b) => a - b);
  const depth = () => nearestOf(positions, wanted.value);
  // `shift` is 1 where there is a value before the first layer.
  const cut = (values) => (data.prefix ? values?.slice(0, depth() + data.shift) : values);
  const numbers = (id, part) => (cut(depths[data.prefix ? deepest : depth()][id]?.[part]) ?? []).map(measured);
  const drawn = () => data.nets.filter(({ id }) => numbers(id, "values").length);

  // One scale for all depths, so that the axes do not move.
  let low = data.floor ?? Infinity;
  let high = 0;
  for (const nets of Object.values(depths))
    for (const id of ids)
      for (const part of ["values", "low", "high"])
        for (const each of (nets[id]?.[part] ?? []).map(measured))
          if (each > 0 && Number.isFinite(each)) {
            low = Math.min(low, each);
            high = Math.max(high, each);
          }
  const bottom = Math.floor(Math.log10(low));
  const top = Math.max(bottom + 1, Math.ceil(Math.log10(high) - 0.1));
  const last = data.deepest - 1 + data.shift;

  const key = JSON.stringify([curves.clientWidth, curves.clientHeight, words, bottom, top, last, ids]);
  if (state.key !== key) {
    state.key = key;
    const plot = new Plot(curves, BOX, {
      x: (at) => at / last,
      y: (value) => (Math.max(bottom, Math.log10(Math.max(value, 10 ** bottom))) - bottom) / (top - bottom),
      size: [800, 300],
      below: 20,
    });
    const step = Math.max(1, Math.ceil((top - bottom) / LINES));
    for (let exponent = top; exponent >= bottom; exponent -= step) plot.level(10 ** exponent, power(exponent));
    for (let layer = 0; layer <= data.deepest; layer += 8)
      if (layer >= 1 - data.shift) plot.under(layer, plot.x(layer - 1 + data.shift));
    if (data.floor) {
      plot.rule(data.floor, "floor");
      plot.text(words.floor, plot.right, plot.y(data.floor) - 7, "end");
    }
    state.plot = plot;
    state.guide = element("path", { class: "guide" }, curves);
    state.lines = {};
    find(".nets").style.setProperty("--count", data.nets.length);
    find(".nets").replaceChildren();
    for (const { id, kind, dashed } of data.nets) {
      const look = `${kind} ${dashed ? "dashed" : ""}`;
      state.lines[id] = {
        band: element("path", { class: `band ${kind}` }, curves),
        line: element("path", { class: `line ${look}` }, curves),
        dot: element("circle", { class: `dot ${look}`, r: dashed ? 8 : 6 }, curves),
      };
      const card = document.createElement("div");
      card.className = `net ${kind}`;
      card.dataset.net = id;
      const sample = element("svg", { "aria-hidden": "true" }, card);
      element("path", { class: `line ${look}`, d: `M0 5H${SAMPLE}` }, sample);
      for (const name of ["name", "value", "said"])
        card.append(Object.assign(document.createElement(name === "value" ? "b" : "span"), { className: name }));
      card.insertBefore(document.createTextNode(" "), card.lastChild);
      find(".nets").append(card);
    }
  }
  const { plot, lines } = state;

  // The number beside a net: its last value, or its first divided by its last.
  const summary = (id) => {
    const values = numbers(id, "values");
    return scientific(data.ratio ? values[0] / values.at(-1) : values.at(-1));
  };

  const measure = () => words.summary.replace("{layer}", String(depth()));

  function describe() {
    const shown = drawn();
    const count = Math.max(...shown.map(({ id }) => numbers(id, "values").length));
    if (state.layer === null || state.layer >= count) {
      state.guide.setAttribute("d", "");
      put(find(".layer"), words.hint);
      return;
    }
    const at = plot.x(state.layer);
    state.guide.setAttribute("d", `M${at} ${plot.top}V${plot.bottom}`);
    const told = shown.map(({ id }) => {
      const [value, from, to] = ["values", "low", "high"].map((part) => numbers(id, part)[state.layer]);
      const range =
        from === undefined ? "" : words.range.replace("{low}", scientific(from)).replace("{high}", scientific(to));
      return `${words.nets[id]} ${scientific(value)}${range && `${marks.opening}${range}${marks.closing}`}`;
    });
    put(find(".layer"), [`${words.layer} ${state.layer + 1 - data.shift}`, ...told].join(" · "));
  }

  function draw() {
    const shown = drawn();
    for (const { id } of data.nets) {
      const values = numbers(id, "values");
      const places = (part) => numbers(id, part).map((value, at) => [plot.x(at), plot.y(value)]);
      lines[id].line.setAttribute("d", polyline(places("values")));
      const edge = [...places("high"), ...places("low").reverse()];
      lines[id].band.setAttribute("d", edge.length ? `${polyline(edge)}Z` : "");
      lines[id].dot.toggleAttribute("hidden", !values.length);
      if (values.length) {
        lines[id].dot.setAttribute("cx", plot.x(values.length - 1));
        lines[id].dot.setAttribute("cy", plot.y(values.at(-1)));
      }
      const card = find(`[data-net="${id}"]`);
      put(card.querySelector(".name"), words.nets[id]);
      put(card.querySelector(".value"), values.length ? summary(id) : "–");
      put(card.querySelector(".said"), measure());
    }
    const said = shown.map(({ id }) => `${words.nets[id]} ${summary(id)}`).join(marks.item);
    put(find(".axis"), words.axis);
    curves.setAttribute("role", "img");
    curves.setAttribute(
      "aria-label",
      [words.title, `${words.position} ${depth()}`, `${measure()}${marks.colon}${said}`].join(marks.stop),
    );
    reading(input, depth(), [depth(), said].join(marks.stop));
    root.dataset.depth = depth();
    describe();
  }

  input.max = positions.length - 1;
  slider(input, wanted, {
    draw,
    label: words.position,
    tell: (chosen) => setStateValue("position", chosen),
    read: (at) => positions[at],
    place: () => positions.indexOf(depth()),
  });

  const most = () => Math.max(...drawn().map(({ id }) => numbers(id, "values").length)) - 1;
  curves.onpointermove = (event) => {
    const box = curves.getBoundingClientRect();
    const x = ((event.clientX - box.left) * curves.clientWidth) / box.width; // lecture mode enlarges the page
    const at = Math.round(((x - plot.left) / (plot.right - plot.left)) * last);
    state.layer = Math.min(most(), Math.max(0, at));
    describe();
  };
  curves.onkeydown = (event) => {
    const now = state.layer ?? -1;
    const next = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: most() }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    state.layer = Math.min(most(), Math.max(0, next));
    describe();
  };

  draw();
  return onResize(root, [curves], () => render(component));
}
