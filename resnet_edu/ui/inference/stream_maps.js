// What comes back with a frame: where the net looks, over the video, and a layer's maps as one picture of tiles.
import { put } from "../components/announce.js";
import { bytes, gradientOf, greys, sequential } from "../components/colours.js";

const LEVELS = 256;
const colours = Array.from({ length: LEVELS }, (_, level) => sequential(level / (LEVELS - 1)));

/** Values of a byte each, row by row, in cividis. */
function paint(canvas, values, width) {
  canvas.width = width;
  canvas.height = values.length / width;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, index) => {
    image.data.set(colours[value], 4 * index);
    image.data[4 * index + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}

/** The tile of a sheet, counted from 0, that stands at a share of its width and height; null where there is none. */
export function tileAt(x, y, { columns, count }) {
  const rows = Math.ceil(count / columns);
  const tile = Math.floor(y * rows) * columns + Math.floor(x * columns);
  return x >= 0 && y >= 0 && x < 1 && y < 1 && tile < count ? tile : null;
}

/** Lie over the part of the square that the net sees; return whether there is anything to show. */
function lie(element, content, share) {
  element.hidden = !content;
  element.style.width = element.style.height = `${100 * share}%`;
  return Boolean(content);
}

/** What the net sees in place of the frame. */
export function paintSeen(image, url, share) {
  if (lie(image, url, share)) image.src = url;
}

/** The map over the frame. */
export function paintHeat(canvas, heat, share) {
  if (lie(canvas, heat, share)) paint(canvas, bytes(heat.values), heat.side);
}

export class MapSheet {
  constructor(root) {
    this.root = root;
    this.sheet = root.querySelector(".sheet");
    this.channel = root.querySelector(".channel");
    this.legend = root.querySelector("p");
    this.chosen = /** @type {number | null} */ (null);
    this.maps = /** @type {any} */ (null);
    root.style.setProperty("--scale", gradientOf(false));
    this.sheet.onclick = ({ offsetX, offsetY }) => {
      const tile = tileAt(offsetX / this.sheet.clientWidth, offsetY / this.sheet.clientHeight, this.maps);
      this.chosen = tile === this.chosen ? null : tile;
    };
    this.sheet.onkeydown = ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (step) this.chosen = ((this.chosen ?? -1) + step + this.maps.count) % this.maps.count;
      if (key === "Escape") this.chosen = null;
    };
  }

  async show(maps, text) {
    this.root.hidden = !maps;
    this.maps = maps;
    if (!maps) return;
    const { width, values } = await greys(maps.picture);
    if (maps !== this.maps) return; // a newer one is there
    paint(this.sheet, values, width);
    this.root.style.setProperty("--across", maps.columns);
    this.root.style.setProperty("--down", String(Math.ceil(maps.count / maps.columns)));
    put(this.legend, text.replace("{count}", maps.count));
    this.sheet.setAttribute("aria-label", this.legend.textContent);
    const tile = this.chosen;
    this.channel.hidden = tile === null || tile >= maps.count;
    if (tile === null || tile >= maps.count) return;
    const side = width / maps.columns;
    const [left, top] = [(tile % maps.columns) * side, Math.floor(tile / maps.columns) * side];
    this.channel.width = side;
    this.channel.height = side;
    this.channel.getContext("2d").drawImage(this.sheet, left, top, side, side, 0, 0, side, side);
  }
}
