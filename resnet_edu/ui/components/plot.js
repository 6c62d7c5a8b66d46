// Axes, ticks and lines of a small SVG plot, and redrawing when the width changes.
import { element } from "./scales.js";

const LEADING = 19; // between two rows of text under the axis

/** The frame of a plot: positions of values, and the lines and labels of its axes. */
export class Plot {
  /**
   * Clears `svg`. `x` and `y` map a value to its fraction of the axis, from 0 to 1; `size` applies to an svg without
   * a size yet; `below` is the distance from the plot to the baseline of its ticks.
   *
   * @param {any} svg
   * @param {{ left: number, right: number, top: number, bottom: number }} margin
   * @param {{ x: (value: number) => number, y: (value: number) => number, size: [number, number], below?: number }} how
   */
  constructor(svg, margin, { x, y, size, below = 18 }) {
    svg.replaceChildren();
    this.svg = svg;
    this.left = margin.left;
    this.top = margin.top;
    this.right = (svg.clientWidth || size[0]) - margin.right;
    this.bottom = (svg.clientHeight || size[1]) - margin.bottom;
    this.below = below;
    /** @param {number} value */
    this.x = (value) => this.left + (this.right - this.left) * x(value);
    /** @param {number} value */
    this.y = (value) => this.bottom - (this.bottom - this.top) * y(value);
  }

  /**
   * Draw a line across the plot at a value of y.
   *
   * @param {number} value
   */
  rule(value, name = "grid") {
    return element("path", { class: name, d: `M${this.left} ${this.y(value)}H${this.right}` }, this.svg);
  }

  /**
   * Draw a grid line and its label.
   *
   * @param {number} value
   * @param {string | number} text
   */
  level(value, text) {
    this.rule(value);
    return this.text(text, this.left - 8, this.y(value) + 5, "end");
  }

  /**
   * Write a label under the plot, at a position in pixels.
   *
   * @param {string | number} text
   * @param {number} at
   */
  under(text, at, anchor = "middle", row = 0) {
    return this.text(text, at, this.bottom + this.below + LEADING * row, anchor);
  }

  /**
   * @param {string | number} text
   * @param {number} x
   * @param {number} y
   * @param {string} anchor
   */
  text(text, x, y, anchor) {
    const made = element("text", { class: "tick", x, y, "text-anchor": anchor }, this.svg);
    made.textContent = `${text}`;
    const most = this.svg.clientWidth - 4; // the full width on a phone
    const { getComputedTextLength: length } = /** @type {any} */ (made);
    if (most > 0 && length?.call(made) > most) made.setAttribute("textLength", `${most}`);
    return made;
  }
}

/**
 * Return the path through points in pixels, interrupted where a coordinate is not finite.
 *
 * @param {number[][]} points
 */
export function polyline(points) {
  let pen = "M";
  let path = "";
  for (const [x, y] of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) {
      path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
    } else pen = "M";
  }
  return path;
}

/**
 * Draw anew when one of the elements under `root` has another size (`root` itself: another width, as its texts come and go). Returns what ends it, as a component's cleanup; what
 * was asked for before ends here.
 *
 * @param {any} root
 * @param {Iterable<Element>} elements
 * @param {() => void} draw
 */
export function onResize(root, elements, draw) {
  root.resizing?.disconnect();
  const watched = [...elements];
  const measure = () => watched.flatMap((each) => [each.clientWidth, each === root ? 0 : each.clientHeight]);
  let sizes = measure();
  const observer = new ResizeObserver(() => {
    const now = measure();
    if (!now.some((size, index) => Math.abs(size - sizes[index]) > 1)) return;
    sizes = now;
    draw();
  });
  root.resizing = observer;
  observer.observe(root);
  return () => observer.disconnect();
}
