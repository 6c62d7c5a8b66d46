// The probabilities of the classes that are among the five now, over the last seconds, as lines of their own colours.
import { Plot } from "../components/plot.js";
import { element } from "../components/scales.js";

export const SECONDS = 20;
export const COLOURS = ["a", "b", "c", "d", "e"];
const MARGIN = { left: 46, right: 6, top: 8, bottom: 24 };
const BREAK_MS = 1500; // no answer for this long is no line

/**
 * A colour for each of the rows: a class keeps its own while it is among them, and a new one takes what is free.
 *
 * @param {Map<number, string>} before class: colour
 * @param {{ index: number }[]} rows
 */
export function coloured(before, rows) {
  const kept = rows.filter(({ index }) => before.has(index)).map(({ index }) => [index, before.get(index)]);
  const free = COLOURS.filter((colour) => !kept.some(([, used]) => used === colour));
  const fresh = rows.filter(({ index }) => !before.has(index)).map(({ index }, at) => [index, free[at]]);
  return new Map(/** @type {[number, string][]} */ ([...kept, ...fresh]));
}

/**
 * A class's line as pieces of points, broken where it was not among the rows or nothing was answered.
 *
 * @param {{ at: number, rows: { index: number, share: number }[] }[]} history
 * @param {number} index
 */
export function pieces(history, index) {
  const found = /** @type {{ at: number, share: number }[][]} */ ([]);
  let last = -Infinity;
  for (const { at, rows } of history) {
    const row = rows.find((each) => each.index === index);
    if (row && at - last <= BREAK_MS) found[found.length - 1].push({ at, share: row.share });
    else if (row) found.push([{ at, share: row.share }]);
    last = row ? at : -Infinity;
  }
  return found;
}

export function drawHistory(svg, history, colours, now, labels) {
  const plot = new Plot(svg, MARGIN, {
    x: (at) => 1 - (now - at) / (1000 * SECONDS),
    y: (share) => share,
    size: [480, 150],
  });
  for (const share of [0, 0.5, 1]) plot.level(share, `${100 * share}%`);
  plot.under(labels.ago.replace("{seconds}", SECONDS), plot.left, "start");
  plot.under(labels.now, plot.right, "end");
  for (const [index, colour] of colours) {
    const d = pieces(history, index)
      .map(
        (piece) => `M${piece.map(({ at, share }) => `${plot.x(at).toFixed(1)} ${plot.y(share).toFixed(1)}`).join("L")}`,
      )
      .join("");
    element("path", { class: `line ${colour}`, d }, svg);
  }
}
