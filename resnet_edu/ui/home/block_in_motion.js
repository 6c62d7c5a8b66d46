// The idea in twenty seconds: a signal takes two ways through the block, and the gradient returns on both; then three
// consecutive blocks with every path through them, one by one. Readers who prefer reduced motion see the complete
// still image until they press play.
import { element } from "../components/scales.js";

const SECONDS = 20;
const FORWARD = [0.4, 2.6]; // seconds during which the signal travels
const BACKWARD = [3.2, 5.4];
const PATHS = [6, 18];
const LINE = 120; // y-position of the block's layers
const CHAIN = 345; // y-position of the unrolled net's shortcuts
const [X, PLUS, RELU, Y] = [22, 318, 374, 440];
const LIFT = 62; // height of a branch above its shortcut

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const svg = root.querySelector("svg");
  const button = root.querySelector("button");
  svg.querySelector("title").textContent = data.title;
  svg.querySelector("desc").textContent = data.description;
  for (const old of svg.querySelectorAll(":scope > g")) old.remove();
  const moving = drawBlock(svg, data);
  const ways = drawUnrolled(svg, data);
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const state = (root.state ??= { moves: !reduced, at: reduced ? SECONDS - 0.01 : 0 });
  cancelAnimationFrame(state.frame);

  const draw = () => {
    const path = Math.floor(((state.at - PATHS[0]) / (PATHS[1] - PATHS[0])) * ways.length);
    const shown = Math.min(ways.length, Math.max(0, path + 1));
    moving(state.at);
    ways.forEach(({ line }, index) => {
      line.style.display = index < shown ? "" : "none";
      line.classList.toggle("now", index === path);
    });
    svg.querySelector(".count").textContent = data.count
      .replace("{shown}", shown)
      .replace("{all}", ways.length)
      .replace("{power}", data.power);
    svg.querySelector(".route").textContent = ways[path]?.route ?? "";
    root.querySelector(".told").textContent =
      state.at < FORWARD[1] + 0.3
        ? data.forward
        : state.at < PATHS[0]
          ? data.backward
          : path < ways.length
            ? data.paths
            : data.many;
    svg.dataset.paths = shown;
  };
  const step = (now) => {
    if (!svg.isConnected) return;
    state.at = (state.at + Math.min(0.1, (now - state.before) / 1000)) % SECONDS;
    state.before = now;
    draw();
    state.frame = requestAnimationFrame(step);
  };
  const go = () => {
    svg.dataset.moving = state.moves;
    button.textContent = state.moves ? data.pause : data.play;
    cancelAnimationFrame(state.frame);
    state.before = performance.now();
    if (state.moves) state.frame = requestAnimationFrame(step);
  };
  button.onclick = () => {
    state.moves = !state.moves;
    if (state.moves && state.at > PATHS[1]) state.at = 0;
    go();
  };
  draw();
  go();
  return () => cancelAnimationFrame(state.frame);
}

// Draw the block as specified; returns a function that moves the signal to its position at a given time.
function drawBlock(svg, data) {
  const group = element("g", {}, svg);
  const over = `M${X} ${LINE - 16}C${X} 6 ${PLUS} 6 ${PLUS} ${LINE - 16}`;
  const shortcut = /** @type {any} */ (element("path", { class: "shortcut", d: over }, group));
  text(group, data.shortcut, (X + PLUS) / 2, 62, "shortcut-label");
  const width = 100;
  const places = data.branch.map((_, at) => 58 + at * (width + 24));
  const ends = [...places, PLUS - 15];
  arrow(group, X + 16, ends[0]);
  data.branch.forEach((lines, at) => {
    const tall = 14 + 22 * lines.length;
    const top = LINE - 36;
    element("rect", { class: "layer", x: places[at], y: top, width, height: Math.max(72, tall), rx: 10 }, group);
    lines.forEach((line, row) => {
      text(group, line, places[at] + width / 2, top + 24 + row * 21 + (lines.length < 3 ? 6 : 0));
    });
    arrow(group, places[at] + width, ends[at + 1]);
  });
  element("circle", { class: "node", cx: X, cy: LINE, r: 16 }, group);
  text(group, "x", X, LINE + 7, "math");
  plus(group, PLUS, LINE, 15);
  arrow(group, PLUS + 15, RELU - 26);
  element("rect", { class: "layer", x: RELU - 26, y: LINE - 17, width: 54, height: 34, rx: 10 }, group);
  text(group, data.after, RELU + 1, LINE + 6);
  arrow(group, RELU + 28, Y - 10);
  text(group, "y", Y + 2, LINE + 7, "math");
  text(group, "F(x)", (places[0] + PLUS) / 2 - 24, LINE + 62, "math");
  const dots = [0, 1].map(() => element("circle", { class: "signal", r: 9 }, group));
  const length = shortcut.getTotalLength();
  return (at) => {
    const [forward, backward] = [FORWARD, BACKWARD].map(([from, to]) => (at - from) / (to - from));
    const share = forward <= 1 ? forward : 1 - backward;
    const seen = share >= 0 && share <= 1;
    const point = shortcut.getPointAtLength(length * Math.min(1, Math.max(0, share)));
    for (const [dot, x, y] of [
      [dots[0], X + (PLUS - X) * share, LINE],
      [dots[1], point.x, point.y],
    ]) {
      dot.style.display = seen ? "" : "none";
      dot.setAttribute("class", forward <= 1 ? "signal" : "gradient");
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", y);
    }
  };
}

// Draw a chain of blocks and a line for each path through it, those through few branches first.
function drawUnrolled(svg, data) {
  const group = element("g", { class: "unrolled" }, svg);
  const { blocks } = data;
  const ends = Array.from({ length: blocks + 1 }, (_, at) => X + 6 + (at * (Y - X - 12)) / blocks);
  const branch = (from, to, shift) =>
    `C${from + 20} ${CHAIN - LIFT + shift} ${from + 20} ${CHAIN - LIFT + shift} ${from + 50} ${CHAIN - LIFT + shift}H${to - 50}` +
    `C${to - 20} ${CHAIN - LIFT + shift} ${to - 20} ${CHAIN - LIFT + shift} ${to} ${CHAIN + shift}`;
  for (let at = 0; at < blocks; at += 1) {
    const d = `M${ends[at]} ${CHAIN}${branch(ends[at], ends[at + 1], 0)}M${ends[at]} ${CHAIN}H${ends[at + 1]}`;
    element("path", { class: "wire", d }, group);
  }
  const routes = Array.from({ length: 2 ** blocks }, (_, number) =>
    Array.from({ length: blocks }, (_, at) => Boolean(number & (1 << at))),
  ).sort((a, b) => a.filter(Boolean).length - b.filter(Boolean).length);
  const ways = routes.map((route, number) => {
    const shift = (number - (routes.length - 1) / 2) * 2.4;
    const d = route
      .map((through, at) => (through ? branch(ends[at], ends[at + 1], shift) : `H${ends[at + 1]}`))
      .join("");
    const line = element("path", { class: "way", d: `M${ends[0]} ${CHAIN + shift}${d}` }, group);
    return { line, route: route.map((through, at) => (through ? `F${"₁₂₃₄"[at]}` : "x")).join(" → ") };
  });
  for (let at = 0; at < blocks; at += 1) {
    const middle = (ends[at] + ends[at + 1]) / 2;
    element("rect", { class: "layer", x: middle - 24, y: CHAIN - LIFT - 18, width: 48, height: 36, rx: 8 }, group);
    text(group, `F${"₁₂₃₄"[at]}`, middle, CHAIN - LIFT + 7, "math");
    plus(group, ends[at + 1], CHAIN, 12);
  }
  element("circle", { class: "node", cx: ends[0], cy: CHAIN, r: 13 }, group);
  text(group, "x", ends[0], CHAIN + 6, "math");
  text(group, "", 230, CHAIN - LIFT - 48, "count");
  text(group, "", 230, CHAIN + 44, "route");
  return ways;
}

function plus(parent, x, y, r) {
  element("circle", { class: "plus", cx: x, cy: y, r }, parent);
  element("path", { class: "plus", d: `M${x - r / 2} ${y}H${x + r / 2}M${x} ${y - r / 2}V${y + r / 2}` }, parent);
}

// Draw an arrow whose head ends where the next element begins.
function arrow(parent, from, to) {
  element("path", { class: "wire", d: `M${from} ${LINE}H${to - 2}` }, parent);
  element("path", { class: "head", d: `M${to - 9} ${LINE - 5}L${to - 2} ${LINE}L${to - 9} ${LINE + 5}` }, parent);
}

function text(parent, said, x, y, name = "") {
  element("text", { class: name, x, y }, parent).textContent = said;
}
