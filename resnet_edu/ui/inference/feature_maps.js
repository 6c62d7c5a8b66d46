// All maps of a layer as one picture, one of them over the picture that the net saw, and what moves one of its units.
// All data is here, so that choosing, pointing and dragging redraw without the server; Python hears of it afterwards.
import { diverging, floats, gradientOf, greys, paintValues, sequential } from "../components/colours.js";
import { scientific } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const SIDE = 448;
const PATIENCE = 250; // ms without a key press before a walk with the arrow keys is reported

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  const [channels, height, width] = data.shape;

  const unit = held(root, "unit", data.unit);
  const strength = held(root, "strength", data.strength);

  if (state.key !== data.key) {
    state.key = data.key;
    state.ready = false;
    clearTimeout(state.telling); // it would report a unit of the previous layer
    unit.follow(data.unit);
    for (const name of ["low", "high", "mean", "variance", "peak"]) state[name] = floats(data[name]);
    const seen = Object.assign(new Image(), { src: data.seen });
    Promise.all([greys(data.picture), seen.decode()]).then(([sheet]) => {
      if (state.key !== data.key) return;
      Object.assign(state, { sheet, seen, ready: true });
      state.redraw();
    });
  }
  const effectiveKey = data.effective && `${data.key} ${data.effective.unit}`;
  if (effectiveKey !== state.effectiveKey) {
    state.effectiveKey = effectiveKey;
    state.effective = null;
    if (data.effective)
      greys(data.effective.picture).then((found) => {
        if (state.effectiveKey !== effectiveKey) return;
        state.effective = found;
        state.redraw();
      });
  }

  const byLargest = (values) => (a, b) => values[b] - values[a] || a - b;
  state.order = [...Array(channels).keys()];
  if (data.sort !== "index") state.order.sort(byLargest(state[data.sort]));

  const chosen = () => unit.value.channel - 1;
  const position = () =>
    unit.value.at?.map((each) => each - 1) ?? [Math.floor(state.peak[chosen()] / width), state.peak[chosen()] % width];
  const grey = (channel, index) => {
    const row = Math.floor(channel / data.columns) * height + Math.floor(index / width);
    return state.sheet.values[row * state.sheet.width + (channel % data.columns) * width + (index % width)];
  };
  const response = (channel, index) =>
    state.low[channel] + (grey(channel, index) / 255) * (state.high[channel] - state.low[channel]);

  // Return the range of a channel's colours for the chosen scale.
  function rangeOf(channel) {
    const [low, high] = data.scale === "channel" ? [state.low[channel], state.high[channel]] : data.ranges[data.scale];
    const end = data.signed ? Math.max(-low, high) : high;
    return [data.signed ? -end : 0, end];
  }
  function coloursOf(channel) {
    const end = rangeOf(channel)[1] || 1;
    const span = state.high[channel] - state.low[channel];
    return Array.from({ length: 256 }, (_, level) =>
      (data.signed ? diverging : sequential)((state.low[channel] + (level / 255) * span) / end).map(Math.round),
    );
  }

  function paintMontage() {
    const key = JSON.stringify([data.key, data.sort, data.scale]);
    const columns = Math.ceil(Math.sqrt(channels));
    const gap = Math.max(1, Math.round(width / 14));
    const rows = Math.ceil(channels / columns);
    state.grid = { columns, rows, gap };
    const canvas = find(".montage");
    if (state.painted === key) return;
    state.painted = key;
    canvas.width = columns * (width + gap) - gap;
    canvas.height = rows * (height + gap) - gap;
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    state.order.forEach((channel, tile) => {
      const colours = coloursOf(channel);
      const left = (tile % columns) * (width + gap);
      const top = Math.floor(tile / columns) * (height + gap);
      for (let index = 0; index < width * height; index += 1) {
        const at = 4 * ((top + Math.floor(index / width)) * canvas.width + left + (index % width));
        const colour = colours[grey(channel, index)];
        image.data[at] = colour[0];
        image.data[at + 1] = colour[1];
        image.data[at + 2] = colour[2];
        image.data[at + 3] = 255;
      }
    });
    context.putImageData(image, 0, 0);
    root.dataset.painted = key;
  }

  function markChosen() {
    const { columns, gap } = state.grid;
    const canvas = find(".montage");
    const tile = state.order.indexOf(chosen());
    const mark = find(".chosen");
    mark.style.left = `${(100 * (tile % columns) * (width + gap)) / canvas.width}%`;
    mark.style.top = `${(100 * Math.floor(tile / columns) * (height + gap)) / canvas.height}%`;
    mark.style.width = `${(100 * width) / canvas.width}%`;
    mark.style.height = `${(100 * height) / canvas.height}%`;
  }

  // Draw a frame that is visible on any background: dark, with light dashes.
  function frame(context, left, top, right, bottom, line) {
    for (const [colour, dash] of [
      ["black", []],
      ["white", [7, 7]],
    ]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.setLineDash(dash);
      context.strokeRect(left, top, right - left, bottom - top);
    }
    context.setLineDash([]);
  }
  const wholePicture = { left: 0, top: 0, side: data.side };
  // Return the part of the picture around a receptive field that is too small to see in the whole.
  function partAround() {
    const { size, stride, start } = data.field;
    const side = Math.min(data.side, Math.max(3 * size, Math.ceil(data.side / 6)));
    const [top, left] = position().map((index) =>
      Math.min(data.side - side, Math.max(0, Math.round(start + index * stride + (size - side) / 2))),
    );
    return { left, top, side };
  }
  function frames(context, part) {
    const [row, column] = position();
    const { size, stride, start } = data.field;
    const pixel = SIDE / part.side;
    const inside = (value, from) => Math.min(SIDE - 2, Math.max(2, (value - from) * pixel));
    const [top, left] = [row, column].map((index) => start + index * stride);
    frame(
      context,
      inside(left, part.left),
      inside(top, part.top),
      inside(left + size, part.left),
      inside(top + size, part.top),
      4,
    );
    const cell = [SIDE / width, SIDE / height];
    if (part === wholePicture)
      frame(context, column * cell[0], row * cell[1], (column + 1) * cell[0], (row + 1) * cell[1], 2);
  }

  function paintOne() {
    const colours = coloursOf(chosen());
    const own = (state.own ??= document.createElement("canvas"));
    paintValues(
      own,
      Array.from({ length: width * height }, (_, index) => grey(chosen(), index)),
      width,
      (level) => colours[level],
    );
    const context = find(".map").getContext("2d");
    context.imageSmoothingEnabled = false;
    context.globalAlpha = 1;
    context.drawImage(state.seen, 0, 0, SIDE, SIDE);
    context.globalAlpha = strength.value / 100;
    context.drawImage(own, 0, 0, SIDE, SIDE);
    context.globalAlpha = 1;
    frames(context, wholePicture);
  }

  function paintEffective() {
    const canvas = find(".effective");
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, SIDE, SIDE);
    const known =
      data.effective &&
      JSON.stringify(data.effective.unit) ===
        JSON.stringify([unit.value.channel, ...position().map((each) => each + 1)]);
    const part = partAround();
    const draw = (picture) => {
      const scale = picture.width / data.side;
      context.drawImage(
        picture,
        part.left * scale,
        part.top * scale,
        part.side * scale,
        part.side * scale,
        0,
        0,
        SIDE,
        SIDE,
      );
    };
    if (known && state.effective) {
      const picture = (state.strengths ??= document.createElement("canvas"));
      paintValues(picture, state.effective.values, state.effective.width, (level) => sequential(level / 255));
      draw(picture);
    } else draw(state.seen);
    frames(context, part);
    const told = known ? (data.effective.silent ? words.silent : data.effective.text) : words.measuring;
    const enlarged = part.side < data.side ? words.enlarged.replaceAll("{side}", part.side) : "";
    find(".pixels .title").textContent = words.effective;
    find(".sizes").textContent = `${told}${marks.sentence}${enlarged}`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${words.effective}${marks.stop}${told}`);
    canvas.dataset.unit = known && state.effective ? JSON.stringify(data.effective.unit) : "";
  }

  function describe() {
    const [row, column] = position();
    const number = `${words.channel} ${unit.value.channel} ${words.of} ${channels}`;
    const value = scientific(response(chosen(), row * width + column)).replace("-", "−");
    find(".all figcaption").textContent = words.hint;
    find(".one .title").textContent =
      `${number} · ${words.mean} ${scientific(state.mean[chosen()]).replace("-", "−")} · ${words.variance} ${scientific(state.variance[chosen()])}`;
    find(".one figcaption").textContent =
      `${words.unit} ${row + 1} / ${column + 1}${marks.colon}${value}${marks.stop}${words.point}`;
    find(".pixels figcaption").textContent = words.explained;
    const [low, high] = rangeOf(chosen());
    find(".legend .low").textContent = scientific(low).replace("-", "−");
    find(".legend .high").textContent = scientific(high);
    find(".legend .what").textContent = words.scales[data.scale];
    find(".legend .bar").style.background = gradientOf(data.signed);
    const montage = find(".montage");
    montage.setAttribute("role", "slider"); // set together with its name, which a screen reader needs
    montage.setAttribute("aria-label", words.montage);
    montage.setAttribute("aria-valuemin", 1);
    montage.setAttribute("aria-valuemax", channels);
    montage.setAttribute("aria-valuenow", unit.value.channel);
    montage.setAttribute("aria-valuetext", number);
    const map = find(".map");
    map.setAttribute("role", "slider");
    map.setAttribute("aria-label", `${words.map}${marks.item}${number}`);
    map.setAttribute("aria-valuemin", 1);
    map.setAttribute("aria-valuemax", height * width);
    map.setAttribute("aria-valuenow", row * width + column + 1);
    map.setAttribute("aria-valuetext", `${words.unit} ${row + 1} / ${column + 1}${marks.colon}${value}`);
    reading(find("#strength"), `${strength.value}%`);
    root.dataset.channel = unit.value.channel;
    root.dataset.at = `${row + 1}-${column + 1}`;
    root.dataset.strength = strength.value;
  }

  state.redraw = () => {
    if (!state.ready) return;
    paintMontage();
    markChosen();
    paintOne();
    paintEffective();
    describe();
  };

  function take(taken, patience) {
    unit.value = taken;
    state.redraw();
    clearTimeout(state.telling);
    unit.tell((value) => {
      state.telling = setTimeout(() => setStateValue("unit", value), patience);
    });
  }
  // No position means where the channel responds most.
  const takeChannel = (channel, patience) => take({ channel: channel + 1, at: null }, patience);
  const within = (index, count) => Math.min(count, Math.max(1, index + 1));
  const takePosition = (row, column, patience) =>
    take({ channel: unit.value.channel, at: [within(row, height), within(column, width)] }, patience);

  const montage = find(".montage");
  montage.onclick = (event) => {
    const box = montage.getBoundingClientRect();
    const { columns, rows } = state.grid;
    const column = Math.min(columns - 1, Math.floor(((event.clientX - box.left) / box.width) * columns));
    const tile = Math.min(rows - 1, Math.floor(((event.clientY - box.top) / box.height) * rows)) * columns + column;
    if (tile < channels) takeChannel(state.order[tile], 0);
  };
  montage.onkeydown = (event) => {
    const { columns } = state.grid;
    const tile = state.order.indexOf(chosen());
    const next = {
      ArrowRight: tile + 1,
      ArrowLeft: tile - 1,
      ArrowDown: tile + columns,
      ArrowUp: tile - columns,
      Home: 0,
      End: channels - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    if (next >= 0 && next < channels) takeChannel(state.order[next], PATIENCE);
  };
  const map = find(".map");
  map.onclick = (event) => {
    const box = map.getBoundingClientRect();
    takePosition(
      Math.floor(((event.clientY - box.top) / box.height) * height),
      Math.floor(((event.clientX - box.left) / box.width) * width),
      0,
    );
  };
  map.onkeydown = (event) => {
    const [row, column] = position();
    const next = {
      ArrowRight: [row, column + 1],
      ArrowLeft: [row, column - 1],
      ArrowDown: [row + 1, column],
      ArrowUp: [row - 1, column],
      Home: [0, 0],
      End: [height - 1, width - 1],
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    takePosition(...next, PATIENCE);
  };
  slider(find("#strength"), strength, {
    draw() {
      if (!state.ready) return;
      paintOne();
      describe();
    },
    label: words.strength,
    tell: (value) => setStateValue("strength", value),
  });
  state.redraw();
}
