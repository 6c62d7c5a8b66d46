// The feature pyramid, coarsest map on top: each goes through a convolution, gets the one above it added, enlarged, and
// goes through another. The additions are drawn as on the block's page: a plus, and in blue what skips the convolutions.
import { element } from "../components/scales.js";

const ROW = 100;
const BOX = [104, 50];
const CONV = [48, 34];
const SUM = 199; // where the additions are
const PLUS = 15; // radius
const AT = { from: 0, convolve: 122, refine: 232, to: 298 };
const WIDTH = AT.to + BOX[0];
const TIP = 11; // of an arrow

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("section");
  const svg = root.querySelector("svg");
  svg.replaceChildren();
  svg.setAttribute("viewBox", `-2 -2 ${WIDTH + 4} ${ROW * (data.rows.length - 1) + BOX[1] + 4}`);
  svg.setAttribute("aria-label", data.labels.title);
  data.rows.forEach((row, at) => {
    const y = BOX[1] / 2 + at * ROW;
    const adds = Boolean(row.additions);
    box(AT.from, y, BOX, row.from);
    wire(AT.from + BOX[0], AT.convolve, y);
    box(AT.convolve, y, CONV, [data.labels.convolve], "conv");
    if (adds) {
      shortcut(y - ROW, y - PLUS - 2);
      write(data.labels.enlarge, SUM - 12, y - ROW / 2 + 6, "end");
      write(row.additions, SUM + 12, y - ROW / 2 + 6, "start");
      wire(AT.convolve + CONV[0], SUM - PLUS, y);
      plus(y);
      wire(SUM + PLUS, AT.refine, y);
    } else wire(AT.convolve + CONV[0], AT.refine, y);
    box(AT.refine, y, CONV, [data.labels.refine], "conv");
    wire(AT.refine + CONV[0], AT.to, y);
    box(AT.to, y, BOX, row.to);
  });
  root.dataset.drawn = data.rows.length;

  function box(x, y, size, lines, name = "") {
    const [width, height] = size;
    element("rect", { class: name, x, y: y - height / 2, width, height, rx: 6 }, svg);
    lines.forEach((line, index) => {
      const text = write(line, x + width / 2, y + 6 + (index - (lines.length - 1) / 2) * 20, "middle");
      if (!index && lines.length > 1) text.classList.add("name");
    });
  }

  function wire(from, to, y) {
    element("path", { class: "wire", d: `M${from} ${y}H${to - TIP + 2}` }, svg);
    element("path", { class: "head", d: `M${to} ${y}l${-TIP} -5v10z` }, svg);
  }

  function shortcut(from, to) {
    const start = from + (from > BOX[1] ? PLUS : 0);
    element("path", { class: "shortcut", d: `M${SUM} ${start}V${to - TIP}` }, svg);
    element("path", { class: "head down", d: `M${SUM} ${to}l-8 ${-TIP - 2}h16z` }, svg);
  }

  function plus(y) {
    element("circle", { cx: SUM, cy: y, r: PLUS }, svg);
    element("path", { class: "mark", d: `M${SUM - 8} ${y}h16M${SUM} ${y - 8}v16` }, svg);
  }

  function write(text, x, y, anchor) {
    const made = element("text", { x, y, "text-anchor": anchor }, svg);
    made.textContent = text;
    return made;
  }
}
