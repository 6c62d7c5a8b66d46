// A residual branch turned down: output = tail(shortcut + share · F), computed here in float32 for every channel
// during the drag; the plain twin has the same F and no shortcut.
import { diverging, floats } from "../components/colours.js";
import { scientific } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const NORM_EPSILON = 1e-5;
const AFTER = {
  relu: (values) => values.map((value) => Math.max(0, value)),
  tanh: (values) => values.map(Math.tanh),
  sigmoid: (values) => values.map((value) => 1 / (1 + Math.exp(-value))),
};

function normalised(values, size) {
  const result = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += size) {
    const channel = values.subarray(start, start + size);
    const mean = channel.reduce((sum, value) => sum + value, 0) / size;
    const variance = channel.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    channel.forEach((value, index) => {
      result[start + index] = (value - mean) / Math.sqrt(variance + NORM_EPSILON);
    });
  }
  return result;
}

// Apply the operations that follow the addition, in the block's order.
const through = (tail, values, size) =>
  tail.reduce((result, name) => (name === "norm" ? normalised(result, size) : AFTER[name](result)), values);

const furthest = (one, other) => one.reduce((most, value, index) => Math.max(most, Math.abs(value - other[index])), 0);
const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  state.byHand = false;
  const turned = held(root, "share", data.share);
  const channel = held(root, "channel", 0); // unknown to Python; 0 means all channels

  const [channels, height, width] = data.shape;
  const size = height * width;
  if (state.key !== data.key) {
    state.key = data.key;
    state.shortcut = floats(data.shortcut);
    state.residual = floats(data.residual);
    state.unchanged = through(data.tail, state.shortcut, size);
    const spread = (channel) => largest(state.shortcut.subarray(channel * size, (channel + 1) * size));
    // The channel with the widest range shows most of the picture.
    channel.value = 1 + [...Array(channels).keys()].reduce((a, b) => (spread(b) > spread(a) ? b : a), 0);
    state.range = Math.max(largest(state.shortcut), largest(state.residual)) || 1;
  }
  const { shortcut, residual } = state;

  function paint(canvas, values) {
    const grid = channel.value ? 1 : Math.ceil(Math.sqrt(channels));
    const chosen = channel.value ? [channel.value - 1] : [...Array(channels).keys()];
    canvas.width = grid * width;
    canvas.height = Math.ceil(chosen.length / grid) * height;
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    chosen.forEach((each, tile) => {
      const left = (tile % grid) * width;
      const top = Math.floor(tile / grid) * height;
      for (let index = 0; index < size; index += 1) {
        const at = 4 * ((top + Math.floor(index / width)) * canvas.width + left + (index % width));
        image.data.set(diverging(values[each * size + index] / state.range), at);
        image.data[at + 3] = 255;
      }
    });
    context.putImageData(image, 0, 0);
  }

  function show(row, part, values, caption) {
    const canvas = find(`.${row} canvas[data-part=${part}]`);
    paint(canvas, values);
    canvas.setAttribute("role", "img"); // a nameless element with this role would be invalid
    canvas.setAttribute("aria-label", `${words[row]}${marks.colon}${caption}`);
    canvas.nextElementSibling.textContent = caption;
  }

  function tell(row, number, sentence) {
    const told = find(`.${row} .told`);
    if (told.textContent === number + sentence) return; // unchanged, so not announced again
    told.setAttribute("aria-live", state.byHand ? "polite" : "off");
    told.replaceChildren(Object.assign(document.createElement("b"), { textContent: number }), sentence);
  }

  function draw() {
    const share = Math.fround(turned.value / 100);
    const scaled = residual.map((value) => share * value);
    const sum = shortcut.map((value, index) => value + scaled[index]);
    const output = through(data.tail, sum, size);
    const twin = through(data.tail, scaled, size);
    const factor = share === 1 ? "" : `${share.toFixed(2)} · `;
    show("residual", "shortcut", shortcut, words.shortcut);
    show("residual", "residual", scaled, `${factor}F(x)`);
    show("residual", "output", output, words.output);
    show("plain", "residual", scaled, `${factor}F(x)`);
    show("plain", "output", twin, words.output);
    const distance = furthest(output, state.unchanged);
    tell("residual", scientific(distance), distance === 0 ? words.same : words.distance);
    tell("plain", scientific(largest(twin)), words.left);
    reading(find("#share"), share.toFixed(2));
    reading(find("#channel"), channel.value ? `${channel.value} / ${channels}` : words.all);
    find(".legend .low").textContent = scientific(-state.range).replace("-", "−");
    find(".legend .high").textContent = scientific(state.range);
    root.dataset.share = turned.value;
    root.dataset.distance = distance;
    root.dataset.left = largest(twin);
  }

  find(".residual .name").textContent = words.residual;
  find(".plain .name").textContent = words.plain;
  find(".legend .what").textContent = words.legend;
  find("#channel").max = channels;
  const drag = () => {
    state.byHand = true;
    draw();
  };
  slider(find("#share"), turned, { draw: drag, label: words.share, tell: (share) => setStateValue("share", share) });
  slider(find("#channel"), channel, { draw, label: words.channel });
  draw();
}
