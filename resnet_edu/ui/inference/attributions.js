// Up to four maps of one picture, those of the default settings beside changed ones, each laid over it as strongly as the
// slider says. The maps are here, so that dragging and pointing paint without the server.
import { bytes, diverging, gradientOf, paintValues, sequential } from "../components/colours.js";
import { scientific } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const ABREAST = 5; // the picture and four methods; the defaults of changed ones make it more
const LINE = "white";
const DARK = "black";

// Paint a map once, with its colours scaled to `limit`.
function painted({ values, peak, signed }, side, limit) {
  const canvas = document.createElement("canvas");
  const shares = Float32Array.from(values, (level) => (level * peak) / limit);
  paintValues(canvas, shares, side, signed ? diverging : sequential);
  return canvas;
}

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  state.at ??= null;
  const { side } = data;
  const overlay = held(root, "overlay", data.overlay);

  const grid = find(".maps");
  const shown = [{ title: words.picture, picture: true }, ...data.maps];
  const shape = `${side} ${shown.map((each) => each.id)}`;
  if (state.shape !== shape) {
    state.shape = shape;
    grid.replaceChildren(
      ...shown.map((each) => {
        const figure = document.createElement("figure");
        const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side, tabIndex: 0 });
        canvas.setAttribute("role", "img");
        canvas.classList.toggle("coarse", side <= 64);
        const part = (name, className) => Object.assign(document.createElement(name), { className });
        const legend = part("div", "legend");
        legend.append(part("span", "low"), part("i", "bar"), part("span", "high"));
        const link = Object.assign(part("a", "paper"), { target: "_blank", rel: "noopener" });
        figure.append(document.createElement("b"), canvas, legend, part("p", "facts"), part("p", "reading"));
        figure.append(part("p", "complete"), part("p", "pitfall"), link);
        figure.dataset.method = each.picture ? "picture" : each.id;
        return figure;
      }),
    );
  }
  grid.style.setProperty("--count", Math.min(shown.length, ABREAST));

  const maps = data.maps.map(
    (each) => each.map && { ...each.map, values: new Int16Array(bytes(each.map.values).buffer) },
  );
  const widest = Math.max(...maps.map((each) => (each ? each.limit : 0)));
  const limits = maps.map((each) => each && (data.shared ? widest : each.limit));
  const layers = maps.map((each, index) => each && painted(each, side, limits[index]));

  [...grid.children].forEach((figure, index) => {
    const each = shown[index];
    const map = maps[index - 1];
    const tell = (selector, text) => {
      const place = figure.querySelector(selector);
      place.textContent = text ?? "";
      place.hidden = !text;
    };
    const title = figure.querySelector("b");
    title.textContent = each.title;
    if (each.layer) title.append(Object.assign(document.createElement("small"), { textContent: ` · ${each.layer}` }));
    figure
      .querySelector("canvas")
      .setAttribute("aria-label", [each.title, each.layer, each.reading].filter(Boolean).join(marks.stop));
    figure.classList.toggle("waiting", !each.picture && !map);
    const legend = figure.querySelector(".legend");
    legend.hidden = !map;
    if (map) {
      const limit = limits[index - 1];
      legend.querySelector(".low").textContent = map.signed ? scientific(-limit).replace("-", "−") : "0";
      legend.querySelector(".high").textContent = scientific(limit);
      legend.querySelector(".bar").style.background = gradientOf(map.signed);
    }
    tell(".facts", each.picture ? "" : map ? each.facts : words.waiting);
    tell(".reading", each.picture ? words.point : each.reading);
    tell(".complete", each.complete);
    tell(".pitfall", each.picture ? words.colours : `${words.pitfall} ${each.pitfall}`);
    tell(".paper", each.paper);
    if (each.link) figure.querySelector(".paper").href = each.link;
  });

  function draw() {
    [...grid.children].forEach((figure, index) => {
      const context = figure.querySelector("canvas").getContext("2d");
      context.globalAlpha = 1;
      context.clearRect(0, 0, side, side);
      if (state.seen) context.drawImage(state.seen, 0, 0, side, side);
      const layer = layers[index - 1];
      if (layer) {
        context.globalAlpha = overlay.value / 100;
        context.drawImage(layer, 0, 0);
        context.globalAlpha = 1;
      }
      const map = maps[index - 1];
      const facts = figure.querySelector(".facts");
      if (map) facts.textContent = shown[index].facts;
      if (state.at) {
        const [x, y] = state.at;
        const reach = side / 28;
        for (const [colour, width] of [
          [DARK, side / 90],
          [LINE, side / 220],
        ]) {
          context.strokeStyle = colour;
          context.lineWidth = width;
          context.strokeRect(x + 0.5 - reach, y + 0.5 - reach, 2 * reach, 2 * reach);
        }
        if (map)
          facts.textContent = `${words.value}${marks.colon}${scientific(map.values[y * side + x] * map.peak).replace("-", "−")}`;
      }
    });
    reading(find("#overlay"), `${overlay.value}%`);
    root.dataset.overlay = overlay.value;
    root.dataset.maps = layers.filter(Boolean).length;
  }

  const within = (value) => Math.min(side - 1, Math.max(0, Math.floor(value)));
  for (const canvas of grid.querySelectorAll("canvas")) {
    canvas.onpointermove = (event) => {
      const box = canvas.getBoundingClientRect();
      state.at = [
        within(((event.clientX - box.left) / box.width) * side),
        within(((event.clientY - box.top) / box.height) * side),
      ];
      draw();
    };
    canvas.onpointerleave = () => {
      state.at = null;
      draw();
    };
    canvas.onkeydown = (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const far = Math.max(1, Math.round(side / 32));
      const [x, y] = state.at ?? [side / 2, side / 2];
      state.at = [within(x + step[0] * far), within(y + step[1] * far)];
      draw();
    };
    canvas.onblur = canvas.onpointerleave;
  }

  slider(find("#overlay"), overlay, {
    draw,
    label: words.overlay,
    tell: (value) => setStateValue("overlay", value),
  });

  if (state.source !== data.picture) {
    state.source = data.picture;
    const seen = Object.assign(new Image(), { src: data.picture });
    seen.decode().then(() => {
      if (state.source !== data.picture) return;
      state.seen = seen;
      state.redraw();
    });
  }
  state.redraw = draw;
  draw();
}
