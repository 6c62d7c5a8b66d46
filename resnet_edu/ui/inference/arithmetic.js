// One number of a map and everything it is computed from: the operations of a block in a row, the chosen one's map
// with the chosen position, and next to it the arithmetic. Only this component knows which input map of a convolution
// is written out.
import { bytes, diverging, floats, paintValues } from "../components/colours.js";
import { element } from "../components/scales.js";

const SHEET = 360; // approximate width, in pixels, of a sheet of filters
const PATIENCE = 250;

export default function render(component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const find = (selector) => root.querySelector(selector);
  const { labels: words, marks } = data;
  const state = (root.state ??= {});
  const told = JSON.stringify(data);
  if (state.told === told) return;
  state.told = told;
  clearTimeout(state.telling);
  state.unit = [...data.unit];
  state.input = null;
  const map = floats(data.map);
  const height = map.length / data.width;

  const tell = (choice) => setStateValue("choice", { operation: data.chosen, unit: state.unit, ...choice });
  const soon = () => {
    clearTimeout(state.telling);
    state.telling = setTimeout(() => tell({}), PATIENCE);
  };

  drawOperations();
  drawMap();
  drawTerms();
  find(".legend").textContent = words.legend;
  root.dataset.key = data.key;
  root.dataset.value = data.value;

  function drawOperations() {
    const group = find(".operations");
    group.setAttribute("aria-label", words.group);
    const names = JSON.stringify(data.operations);
    if (group.names !== names) {
      group.names = names; // rebuilt only then, so that the focus is not lost
      const lane = (operations) =>
        operations.map((operation) => {
          const button = made("button", { type: "button", className: operation.kind, title: operation.said });
          button.textContent = operation.title;
          button.dataset.operation = operation.name;
          button.setAttribute("role", "radio");
          button.setAttribute("aria-label", operation.said);
          return button;
        });
      const [main, aside] = [false, true].map((is) => data.operations.filter(({ shortcut }) => shortcut === is));
      group.replaceChildren(made("div", { className: "lane" }, ...lane(main)));
      if (aside.length) group.append(made("div", { className: "lane" }, `${words.lane}: `, ...lane(aside)));
    }
    const buttons = [...group.querySelectorAll("button")];
    for (const button of buttons) {
      const chosen = button.dataset.operation === data.chosen;
      button.setAttribute("aria-checked", chosen);
      button.tabIndex = chosen ? 0 : -1;
    }
    const choose = (button) => {
      button.focus();
      if (button.dataset.operation !== data.chosen) tell({ operation: button.dataset.operation });
    };
    group.onclick = (event) => {
      const button = event.target.closest("button");
      if (button) choose(button);
    };
    group.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const at = buttons.indexOf(event.target.closest("button")) + step;
      choose(buttons[Math.min(buttons.length - 1, Math.max(0, at))]);
    };
  }

  function drawMap() {
    const canvas = find(".map");
    const end = largest(map);
    const scale = Math.max(1, Math.floor(448 / data.width));
    const small = document.createElement("canvas");
    paintValues(small, map, data.width, (value) => diverging(value / end));
    canvas.width = data.width * scale;
    canvas.height = height * scale;
    const context = canvas.getContext("2d");
    const paint = () => {
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, canvas.width, canvas.height);
      const [, row, column] = state.unit;
      for (const [colour, width] of [
        ["white", 7],
        ["black", 3],
      ]) {
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.strokeRect((column - 1) * scale, (row - 1) * scale, scale, scale);
      }
      const position = words.position.replace("{row}", row).replace("{column}", column);
      find(".at").textContent = position;
      canvas.setAttribute(
        "aria-label",
        `${words.map}${marks.colon}${position}${marks.item}${number(map[(row - 1) * data.width + column - 1])}`,
      );
    };
    paint();
    const move = (row, column) => {
      state.unit[1] = Math.min(height, Math.max(1, row));
      state.unit[2] = Math.min(data.width, Math.max(1, column));
      paint();
      soon();
    };
    canvas.onclick = (event) => {
      const box = canvas.getBoundingClientRect();
      move(
        Math.ceil(((event.clientY - box.top) / box.height) * height),
        Math.ceil(((event.clientX - box.left) / box.width) * data.width),
      );
    };
    canvas.onkeydown = (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      move(state.unit[1] + step[0], state.unit[2] + step[1]);
    };
    const channel = find(".control input");
    find(".control label").textContent = words.channel;
    find(".of").textContent = words.of;
    channel.max = data.channels;
    channel.value = state.unit[0];
    channel.onchange = () => {
      state.unit[0] = Math.min(data.channels, Math.max(1, Math.round(Number(channel.value)) || 1));
      channel.value = state.unit[0];
      tell({});
    };
    find("figcaption").textContent = words.hint;
  }

  function drawTerms() {
    const { terms } = data;
    const parts = { products, normalised, activated, summed, largest: pooled, carried }[terms.kind](terms);
    find(".terms").replaceChildren(made("p", {}, words.sentence), ...parts);
  }

  function result(...before) {
    return made("p", { className: "result" }, ...before, " = ", made("b", {}, number(data.value)), ` ${words.value}`);
  }

  function normalised(terms) {
    return [
      result(
        `(${number(terms.x)} − ${signed(terms.mean)}) ÷ √(${number(terms.variance)} + ${terms.eps}) × `,
        signed(terms.gamma),
        ` + ${signed(terms.beta)}`,
      ),
      made(
        "p",
        {},
        words.mean
          .replace("{value}", number(terms.mean))
          .replace("{variance}", number(terms.variance))
          .replace("{gamma}", number(terms.gamma))
          .replace("{beta}", number(terms.beta)),
      ),
      made("p", {}, words.two.replace("{scale}", number(terms.scale)).replace("{shift}", number(terms.shift))),
      result(`${number(terms.scale)} × ${signed(terms.x)} + ${signed(terms.shift)}`),
    ];
  }

  function activated(terms) {
    if (terms.activation !== "relu") return [result(`${terms.activation}(${number(terms.x)})`)];
    return [result(`max(0, ${number(terms.x)})`), made("p", {}, terms.x > 0 ? words.positive : words.negative)];
  }

  function summed(terms) {
    return [
      result(`${number(terms.residual)} + ${signed(terms.shortcut)}`),
      made(
        "p",
        {},
        `${number(terms.residual)}${marks.colon}${words.residual}`,
        made("br", {}),
        `${number(terms.shortcut)}${marks.colon}${words.shortcut}`,
      ),
    ];
  }

  function pooled(terms) {
    const window = floats(terms.window);
    return [
      made(
        "div",
        { className: "grids" },
        grid(window, terms.side, words.window, largest(window.filter(Number.isFinite))),
      ),
      result(words.largest),
    ];
  }

  function carried(terms) {
    if (!terms.source) return [made("p", {}, words.zero), result("0")];
    const [channel, row, column] = terms.source;
    const said = words.carried.replace("{channel}", channel).replace("{row}", row).replace("{column}", column);
    return [made("p", {}, said), result(number(terms.x))];
  }

  function products(terms) {
    const window = floats(terms.window);
    const kernel = floats(terms.kernel);
    const area = terms.side ** 2;
    const count = kernel.length / area;
    const of = (values, input) => values.slice(input * area, (input + 1) * area);
    const sums = Array.from({ length: count }, (_, input) =>
      of(kernel, input).reduce((sum, weight, at) => sum + weight * window[input * area + at], 0),
    );
    const strongest = sums.reduce((best, sum, input) => (Math.abs(sum) > Math.abs(sums[best]) ? input : best), 0);
    state.input ??= strongest;
    const grids = made("div", {
      className: terms.side > 3 ? "grids seven" : "grids",
      role: "group",
      ariaLabel: words.products,
      tabIndex: 0, // scrolls if it is wider than the screen
    });
    const title = made("p", {});
    const bars = element("svg", { viewBox: `0 0 ${count} 100`, preserveAspectRatio: "none", role: "img" });
    const sheet = sheetOf(kernel, terms.side, count);
    const show = () => {
      const input = state.input;
      const parts = [of(window, input), of(kernel, input)];
      const product = parts[0].map((value, at) => value * parts[1][at]);
      grids.replaceChildren(
        grid(parts[0], terms.side, words.window, largest(window)),
        "×",
        grid(parts[1], terms.side, words.kernel, largest(kernel)),
        "=",
        grid(product, terms.side, words.products, largest(product)),
      );
      title.replaceChildren(
        made("b", {}, words.input.replace("{channel}", terms.first + input + 1)),
        ` ${words.adds.replace("{sum}", number(sums[input]))}`,
      );
      const end = Math.max(...sums.map(Math.abs)) || 1;
      bars.replaceChildren(
        ...sums.map((sum, at) => {
          const tall = (48 * Math.abs(sum)) / end;
          const kind = `${sum < 0 ? "negative" : ""} ${at === input ? "chosen" : ""}`;
          const bar = element("rect", {
            class: kind,
            x: at + 0.1,
            width: 0.8,
            y: sum < 0 ? 50 : 50 - tall,
            height: tall,
          });
          bar.onclick = () => pick(at);
          return bar;
        }),
        element("path", { d: `M0 50H${count}` }),
      );
      sheet.mark(input);
    };
    const pick = (input) => {
      state.input = Math.min(count - 1, Math.max(0, input));
      show();
    };
    sheet.onpick(pick);
    bars.setAttribute("aria-label", words.all.replace("{count}", count));
    show();
    const total = terms.bias ? ` + ${signed(terms.bias)} (${words.bias})` : "";
    const sum = sums.reduce((all, each) => all + each, 0);
    return [
      ...(terms.filters ? [filtersOf(terms)] : []),
      title,
      grids,
      made(
        "div",
        { className: "sheets" },
        made(
          "div",
          { className: "sheet" },
          sheet.canvas,
          made("small", {}, words.sheet.split(/[;；]/)[0].replace("{count}", count)),
        ),
        made("div", { className: "bars" }, bars, made("small", {}, words.all.replace("{count}", count))),
      ),
      result(`${words.total.replace("{count}", count)}${marks.colon}${number(sum)}${total}`),
    ];
  }

  // Draw the kernels of one filter, one per input map, as a sheet in which one can be chosen.
  function sheetOf(kernel, side, count) {
    const columns = Math.ceil(Math.sqrt(count * 2));
    const rows = Math.ceil(count / columns);
    const end = largest(kernel);
    const step = side + 1;
    const canvas = tiles(columns, rows, step, words.sheet.replace("{count}", count));
    const context = canvas.getContext("2d");
    const tile = tileOf(columns, step);
    const paint = (input) => {
      context.clearRect(0, 0, canvas.width, canvas.height);
      kernel.forEach((weight, at) => {
        const number = Math.floor(at / side ** 2);
        const inside = at % side ** 2;
        context.fillStyle = `rgb(${diverging(weight / end)
          .map(Math.round)
          .join(" ")})`;
        const x = (number % columns) * step + (inside % side);
        const y = Math.floor(number / columns) * step + Math.floor(inside / side);
        context.fillRect(tile * (x + 0.5), tile * (y + 0.5), tile, tile);
      });
      frame(context, input % columns, Math.floor(input / columns), tile * step);
    };
    return { canvas, mark: paint, onpick: (pick) => choosing(canvas, columns, rows, () => state.input, pick) };
  }

  function filtersOf(terms) {
    const step = terms.side;
    const rows = Math.ceil(data.channels / terms.columns);
    const canvas = tiles(terms.columns, rows, step, words.filters);
    const context = canvas.getContext("2d");
    const picture = new Blob([bytes(terms.filters)], { type: "image/png" });
    createImageBitmap(picture).then((bitmap) => {
      context.imageSmoothingEnabled = false;
      context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      const chosen = data.unit[0] - 1;
      frame(context, chosen % terms.columns, Math.floor(chosen / terms.columns), tileOf(terms.columns, step) * step);
    });
    choosing(
      canvas,
      terms.columns,
      rows,
      () => data.unit[0] - 1,
      (filter) => {
        if (filter < data.channels) tell({ unit: [filter + 1, ...state.unit.slice(1)] });
      },
    );
    const said = words.filtersTold.replace("{count}", data.channels);
    return made("div", { className: "sheet" }, canvas, made("small", {}, said));
  }

  function tiles(columns, rows, step, label) {
    const canvas = made("canvas", {
      width: tileOf(columns, step) * columns * step,
      height: tileOf(columns, step) * rows * step,
      tabIndex: 0,
    });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    return canvas;
  }

  function frame(context, column, row, step) {
    for (const [colour, width] of [
      ["white", 4],
      ["black", 2],
    ]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.strokeRect(column * step + 1, row * step + 1, step - 2, step - 2);
    }
  }

  function choosing(canvas, columns, rows, now, pick) {
    canvas.onclick = (event) => {
      const box = canvas.getBoundingClientRect();
      const column = Math.min(columns - 1, Math.floor(((event.clientX - box.left) / box.width) * columns));
      const row = Math.min(rows - 1, Math.floor(((event.clientY - box.top) / box.height) * rows));
      pick(row * columns + column);
    };
    canvas.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
      if (!step || now() + step < 0) return;
      event.preventDefault();
      pick(now() + step);
    };
  }

  function grid(values, side, title, end) {
    const table = made("table", {}, made("caption", {}, title));
    for (let row = 0; row < side; row += 1) {
      const line = made("tr", {});
      for (let column = 0; column < side; column += 1) {
        const value = values[row * side + column];
        const cell = made("td", {}, Number.isFinite(value) ? number(value) : "–");
        const colour = Number.isFinite(value) ? diverging(value / end) : [255, 255, 255];
        cell.style.background = `rgb(${colour.map((each) => Math.round(255 + (each - 255) * 0.6)).join(" ")})`;
        line.append(cell);
      }
      table.append(line);
    }
    return table;
  }
}

// Return the size of a value in a sheet: large if there are few, and never too small to recognise.
const tileOf = (columns, step) => Math.min(18, Math.max(3, Math.floor(SHEET / (columns * step))));

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;

// Format three significant digits, as one would write them by hand.
function number(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const shown =
    size >= 1000 || size < 0.001 ? value.toExponential(1).replace("e", "·10^") : Number(value.toPrecision(3));
  return String(shown).replaceAll("-", "−").replace("^+", "^");
}

const signed = (value) => (value < 0 ? `(${number(value)})` : number(value));

function made(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}
