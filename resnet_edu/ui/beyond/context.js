// A picture of which a part, or a scale, is classified: every step's answers are here, so a drag needs no server.
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const made = (name, className, text = "") =>
  Object.assign(document.createElement(name), { className, textContent: text });

/** Paint a picture; of `disc`, keep the pixels whose centres are less than its radius from the middle, or the others. */
function paint(canvas, image, disc, step, fill) {
  const side = image.naturalWidth;
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  if (!disc) return;
  const pixels = context.getImageData(0, 0, side, side);
  const middle = (side - 1) / 2;
  for (let index = 0; index < side * side; index += 1) {
    const distance = Math.hypot((index % side) - middle, Math.floor(index / side) - middle);
    if (distance < disc.radii[step] !== disc.kept) pixels.data.set(fill, 4 * index);
  }
  context.putImageData(pixels, 0, 0);
}

function panelOf({ id, title, pictures, positions, tops }, words, marks) {
  const panel = made("div", pictures.length ? "panel" : "panel bare");
  panel.dataset.panel = id;
  panel.append(made("div", "title", title));
  const images = pictures.map((source) => Object.assign(new Image(), { src: source }));
  if (pictures.length) {
    const frame = made("div", "picture");
    frame.append(made("canvas", ""), ...(positions ? [made("div", "positions")] : []));
    panel.append(frame);
  }
  const list = made("ol", "");
  list.setAttribute("aria-label", [title, words.classes].join(marks.colon));
  list.append(
    ...tops[0].map(() => {
      const row = made("li", "");
      const track = made("span", "track");
      track.append(made("span", "bar"));
      row.append(made("span", "name"), made("span", "text"), track);
      return row;
    }),
  );
  panel.append(list, made("p", "caption"));
  return { panel, images, list };
}

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  const input = find("input");
  const chosen = held(root, "step", data.value);

  const key = JSON.stringify([words, data.panels]);
  if (state.key !== key) {
    state.key = key;
    state.panels = data.panels.map((panel) => panelOf(panel, words, marks));
    find(".panels").replaceChildren(...state.panels.map(({ panel }) => panel));
  }

  function show({ panel, images, list }, told, step) {
    panel.querySelector(".caption").textContent = told.captions[step];
    told.tops[step].forEach((row, index) => {
      const item = list.children[index];
      item.querySelector(".name").textContent = row.name;
      item.querySelector(".text").textContent = row.text;
      item.querySelector(".bar").style.width = `${row.share * 100}%`;
    });
    const [{ name, text }] = told.tops[step];
    const said = `${told.title}${marks.colon}${name} ${text}`;
    if (!images.length) return said;
    const canvas = panel.querySelector("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${told.title}${marks.colon}${told.captions[step]}`);
    const image = images[step % images.length];
    const draw = () => paint(canvas, image, told.disc, step, data.fill);
    if (image.complete) draw();
    else image.onload = () => data.options.indexOf(chosen.value) === step && draw();
    if (told.positions) {
      const size = `calc((100% - 1px) / ${told.positions[step]})`;
      panel.querySelector(".positions").style.backgroundSize = `${size} ${size}`;
    }
    return said;
  }

  function draw() {
    const step = data.options.indexOf(chosen.value);
    const said = state.panels.map((panel, index) => show(panel, data.panels[index], step));
    reading(input, data.shown[step], [data.shown[step], ...said].join(marks.stop));
    root.dataset.step = step;
  }

  input.max = data.options.length - 1;
  slider(input, chosen, {
    draw,
    label: data.label,
    tell: (value) => setStateValue("value", value),
    read: (at) => data.options[at],
    place: (value) => data.options.indexOf(value),
  });
  draw();
}
