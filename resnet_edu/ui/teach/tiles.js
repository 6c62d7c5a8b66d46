// Pictures in rows, cropped to the square that a net sees, with a map over each if there is one.
import { bytes, gradientOf, paintValues, sequential } from "../components/colours.js";

const SIDE = 192;
const OVERLAY = 0.55;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  root.dataset.tiles = data.tiles.length;
  const list = root.querySelector("ul");
  list.setAttribute("aria-label", data.label);
  list.classList.toggle("large", data.large);
  list.tabIndex = data.tiles.length ? 0 : -1; // a box that scrolls can be reached by keyboard
  root.querySelector(".empty").textContent = data.tiles.length ? "" : data.empty;
  const legend = root.querySelector(".legend");
  legend.hidden = !data.tiles.some((tile) => tile.map);
  legend.querySelector("i").style.background = gradientOf(false);
  legend.querySelector("span").textContent = data.legend;

  const known = new Map([...list.children].map((item) => [item.dataset.content, item]));
  const items = data.tiles.map((tile) => {
    const content = JSON.stringify([tile.id, tile.map]);
    const item = known.get(content) ?? made(tile, content);
    item.classList.toggle("wrong", tile.wrong);
    item.querySelector("canvas").setAttribute("aria-label", tile.name);
    item.querySelector(".note").textContent = tile.note;
    const button = item.querySelector("button");
    button.hidden = !data.remove;
    button.title = data.remove;
    button.setAttribute("aria-label", `${data.remove} ${tile.name}`);
    button.onclick = () => setTriggerValue("removed", tile.id);
    return item;
  });
  if (items.length !== list.children.length || items.some((item, index) => item !== list.children[index]))
    list.replaceChildren(...items); // else the focus stays where it is

  root.resized ??= new ResizeObserver(() => showMore(list));
  root.resized.observe(list);
  list.onscroll = () => showMore(list);
  showMore(list);
}

// Say at which edges the row goes on.
function showMore(list) {
  const left = list.scrollLeft > 1;
  const right = list.scrollLeft + list.clientWidth < list.scrollWidth - 1;
  if (left || right) list.dataset.more = `${left ? "left" : ""} ${right ? "right" : ""}`;
  else delete list.dataset.more;
}

function made(tile, content) {
  const item = document.createElement("li");
  item.dataset.content = content;
  item.innerHTML = '<canvas role="img"></canvas><span class="note"></span><button type="button">×</button>';
  const canvas = /** @type {HTMLCanvasElement} */ (item.querySelector("canvas"));
  canvas.width = SIDE;
  canvas.height = SIDE;
  const picture = Object.assign(new Image(), { src: tile.source });
  picture.decode().then(() => {
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const side = Math.min(picture.width, picture.height);
    const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
    context.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
    if (!tile.map) return;
    const values = bytes(tile.map);
    const layer = document.createElement("canvas");
    paintValues(layer, values, Math.sqrt(values.length), (value) => sequential(value / 255));
    context.globalAlpha = OVERLAY;
    context.drawImage(layer, 0, 0, SIDE, SIDE);
  });
  return item;
}
