// Basic block against bottleneck: every number is computed here, so that a drag redraws without the server. Python
// computes the same in resnet_edu.measure.comparison; a browser test compares the two over many settings.
import { put } from "../components/announce.js";
import { onResize } from "../components/plot.js";
import { element } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const KINDS = ["basic", "bottleneck"];
const QUANTITIES = ["weights", "multiplyAdds", "kept"];
const FLOAT = 4;
const ROW = 52;
const BOX = 30;

const grouped = new Intl.NumberFormat("en");
const told = (ratio) => (ratio >= 100 ? ratio.toFixed(0) : ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2));

const memory = (bytes) =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(2)} GiB` : `${(bytes / 2 ** 20).toFixed(2)} MiB`;

/**
 * Return the convolutions of a block: kernel, channels in, channels out.
 *
 * @returns {[number, number, number][]}
 */
function convolutions(kind, { channels, width }, equalCost) {
  const each = equalCost ? width : channels;
  if (kind === "basic")
    return [
      [3, each, each],
      [3, each, each],
    ];
  return [
    [1, channels, width],
    [3, width, width],
    [1, width, channels],
  ];
}

const weightsOf = ([kernel, from, to]) => kernel * kernel * from * to;

function costs(kind, setting, equalCost) {
  const convs = convolutions(kind, setting, equalCost);
  const pixels = setting.size * setting.size;
  const weights = convs.reduce((sum, conv) => sum + weightsOf(conv), 0);
  // Kept for the backward pass: each convolution's output, which its normalisation needs, and each activation's
  // output.
  const maps = convs.reduce((sum, [, , to]) => sum + 2 * to, 0);
  return {
    convs,
    weights: setting.blocks * weights,
    multiplyAdds: setting.blocks * weights * pixels,
    kept: setting.blocks * maps * pixels * FLOAT,
  };
}

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  const setting = held(root, "setting", data.setting);

  // Rebuilt only for another language or another width.
  const widths = [...root.querySelectorAll("svg")].map((svg) => svg.clientWidth);
  const key = JSON.stringify([widths, words, data.options]);
  if (state.key !== key) {
    state.key = key;
    prepareBlocks();
    prepareBars();
    prepareControls();
  }

  function prepareBlocks() {
    state.blocks = {};
    for (const kind of KINDS) {
      const svg = find(`.block.${kind} svg`);
      svg.replaceChildren();
      const narrow = svg.clientWidth < 430;
      const middle = narrow ? 84 : 126;
      const count = kind === "basic" ? 2 : 3;
      const reach = middle - 20; // leaves room for half the widest box
      const top = 22;
      const first = top + 22 + (3 - count) * (ROW / 2);
      const last = first + (count - 1) * ROW + BOX;
      element("path", { class: "wire", d: `M${middle} ${top + 4}V${last + 12}` }, svg);
      element("path", { class: "shortcut", d: `M${middle} ${top + 8}H6V${last + 18}H${middle - 10}` }, svg);
      const rows = Array.from({ length: count }, (_, index) => {
        const y = first + index * ROW;
        return {
          box: element("rect", { class: "box", y, height: BOX, rx: 4 }, svg),
          inside: element("text", { class: "inside", x: middle, y: y + 21 }, svg),
          sum: element("text", { class: "sum", x: 2 * middle - 10, y: y + 21 }, svg),
        };
      });
      element("circle", { class: "plus", cx: middle, cy: last + 18, r: 10 }, svg);
      element("path", { class: "wire", d: `M${middle - 6} ${last + 18}h12M${middle} ${last + 12}v12` }, svg);
      const map = element("text", { class: "map", x: middle, y: top - 6 }, svg);
      find(`.block.${kind} .name`).textContent = words[kind];
      state.blocks[kind] = { svg, rows, middle, reach, map, narrow };
    }
  }

  function prepareBars() {
    const bars = find(".bars");
    bars.replaceChildren();
    state.bars = {};
    for (const quantity of QUANTITIES) {
      const group = document.createElement("div");
      const title = document.createElement("p");
      const name = Object.assign(document.createElement("span"), { textContent: words[quantity] });
      const ratio = document.createElement("span");
      title.append(name, ratio);
      group.append(title);
      state.bars[quantity] = { ratio };
      for (const kind of KINDS) {
        const bar = Object.assign(document.createElement("div"), { className: `bar ${kind}` });
        const fill = document.createElement("i");
        const text = document.createElement("span");
        bar.append(fill, text);
        group.append(bar);
        state.bars[quantity][kind] = { fill, text };
      }
      bars.append(group);
    }
  }

  function prepareControls() {
    const controls = find(".controls");
    controls.replaceChildren();
    state.inputs = {};
    for (const [name, options] of Object.entries(data.options)) {
      const control = Object.assign(document.createElement("div"), { className: "control" });
      const label = Object.assign(document.createElement("label"), { htmlFor: name });
      const output = document.createElement("output");
      const input = Object.assign(document.createElement("input"), {
        id: name,
        type: "range",
        min: 0,
        max: options.length - 1,
        step: 1,
      });
      output.htmlFor = name;
      control.append(label, output, input);
      controls.append(control);
      state.inputs[name] = input;
    }
  }

  function drawBlock(kind, cost) {
    const { rows, middle, reach, map, narrow, svg } = state.blocks[kind];
    const widest = Math.max(setting.value.channels, setting.value.width);
    cost.convs.forEach(([kernel, from, to], index) => {
      const half = Math.max(40, (reach * to) / widest);
      const { box, inside, sum } = rows[index];
      box.setAttribute("x", middle - half);
      box.setAttribute("width", 2 * half);
      inside.textContent = `${kernel}×${kernel}${marks.item}${to}`;
      const product = `${kernel}×${kernel}×${from}×${to}`;
      sum.textContent = `${narrow ? product : product.replaceAll("×", " × ")} = ${grouped.format(weightsOf([kernel, from, to]))}`;
    });
    const channels = cost.convs[0][1];
    map.textContent = `${channels} × ${setting.value.size} × ${setting.value.size}`;
    const total = find(`.block.${kind} .total`);
    const bold = Object.assign(document.createElement("b"), { textContent: grouped.format(cost.weights) });
    const times =
      setting.value.blocks > 1
        ? `${grouped.format(cost.weights / setting.value.blocks)} × ${setting.value.blocks} = `
        : "= ";
    total.replaceChildren(times, bold, ` ${words.unit}`);
    svg.setAttribute("role", "img");
    svg.setAttribute(
      "aria-label",
      `${words[kind]}${marks.colon}${[...rows.map(({ sum }) => sum.textContent), total.textContent].join(marks.clause)}`,
    );
  }

  function draw() {
    const cost = Object.fromEntries(KINDS.map((kind) => [kind, costs(kind, setting.value, data.equalCost)]));
    for (const kind of KINDS) drawBlock(kind, cost[kind]);
    for (const quantity of QUANTITIES) {
      const [basic, bottleneck] = KINDS.map((kind) => cost[kind][quantity]);
      const most = Math.max(basic, bottleneck);
      for (const kind of KINDS) {
        const { fill, text } = state.bars[quantity][kind];
        const share = cost[kind][quantity] / most;
        fill.style.width = `${100 * share}%`;
        text.style.left = share < 0.5 ? `${100 * share}%` : 0;
        text.textContent = (quantity === "kept" ? memory : grouped.format)(cost[kind][quantity]);
      }
      state.bars[quantity].ratio.textContent = `${told(most / Math.min(basic, bottleneck))}×`;
    }
    const fewer = cost.basic.weights >= cost.bottleneck.weights;
    const ratio = fewer ? cost.basic.weights / cost.bottleneck.weights : cost.bottleneck.weights / cost.basic.weights;
    put(find(".verdict b"), `${told(ratio)}×`);
    put(find(".verdict span"), fewer ? words.fewer : words.more);
    for (const [name, input] of Object.entries(state.inputs)) {
      const value = setting.value[name];
      const shown = name === "size" ? `${value} × ${value}` : `${value}`;
      reading(input, shown); // the verdict announces itself
    }
    for (const kind of KINDS)
      for (const quantity of QUANTITIES) root.dataset[`${kind}${quantity}`] = cost[kind][quantity];
    Object.assign(root.dataset, setting.value);
  }

  for (const [name, input] of Object.entries(state.inputs))
    slider(input, setting, {
      draw,
      label: words[name],
      tell: (value) => setStateValue("setting", value),
      read: (at) => ({ ...setting.value, [name]: data.options[name][at] }),
      place: (value) => data.options[name].indexOf(value[name]),
    });
  draw();
  return onResize(root, root.querySelectorAll("svg"), () => render(component));
}
