// Two nets in training: their decision boundaries or confusion of digits, losses, and the gradient of every layer.
// Each answer of the server is drawn at once; the next is requested a little later.
import { bytes, gradientOf, paintValues, sequential } from "../components/colours.js";
import { onResize, polyline } from "../components/plot.js";
import { element, measured, scientific } from "../components/scales.js";
import { opened } from "../components/section.js";

const NETS = ["plain", "residual"];
const MARGIN = { left: 46, right: 12, top: 8, bottom: 24 };
const WEAKEST = -8; // range of the strips' colours, in powers of ten
const STRONGEST = 1;
const SHARE = 254; // byte that stands for 1 in a map; 255 stands for NaN
const NO_NUMBER = [255, 255, 255]; // not among the maps' colours
const AXIS = 24; // room for the digits next to a confusion matrix
const PATIENCE = 4000; // milliseconds after which an unanswered request is repeated

export default function render(component) {
  const { data, root, find, words, marks, state, setTriggerValue } = opened(component);

  const colourOf = (level) => (level > SHARE ? NO_NUMBER : sequential(level / SHARE));
  const css = (colour) => `rgb(${colour.map(Math.round).join(" ")})`;

  const lossTold = (raw) => {
    const loss = measured(raw);
    return loss >= 0.01 && loss < 100 ? loss.toFixed(2) : scientific(loss);
  };

  // Return a context whose unit is a CSS pixel, sharp on any screen.
  function drawingOn(canvas) {
    const side = canvas.clientWidth || 280;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(side * scale);
    canvas.height = canvas.width;
    const context = canvas.getContext("2d");
    context.scale(canvas.width / side, canvas.width / side);
    return { context, side };
  }

  // Draw where the probability is 1/2, cell by cell between the centres of the map's squares.
  function drawBoundary(context, levels, count, side) {
    const half = SHARE / 2;
    const at = (row, column) => levels[row * count + column];
    const place = (index) => ((index + 0.5) * side) / count;
    context.beginPath();
    for (let row = 0; row < count - 1; row += 1)
      for (let column = 0; column < count - 1; column += 1) {
        const corners = [
          [row, column],
          [row, column + 1],
          [row + 1, column + 1],
          [row + 1, column],
        ];
        const crossings = [];
        corners.forEach(([r, c], index) => {
          const [nextR, nextC] = corners[(index + 1) % 4];
          const [here, there] = [at(r, c), at(nextR, nextC)];
          if (here > SHARE || there > SHARE || here < half === there < half) return;
          const share = (half - here) / (there - here);
          crossings.push([place(c + (nextC - c) * share), place(r + (nextR - r) * share)]);
        });
        for (let index = 0; index + 1 < crossings.length; index += 2) {
          context.moveTo(...crossings[index]);
          context.lineTo(...crossings[index + 1]);
        }
      }
    for (const [width, colour] of [
      [4.5, "black"],
      [2, "white"],
    ]) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
  }

  function drawPoints(context, points, side) {
    for (const [label, outline] of [
      [0, "white"],
      [1, "black"],
    ]) {
      context.fillStyle = css(sequential(label));
      context.strokeStyle = outline;
      context.lineWidth = 0.9;
      for (let index = 0; index < points.length; index += 3) {
        if (points[index + 2] !== label) continue;
        context.beginPath();
        context.arc((points[index] * side) / 255, (points[index + 1] * side) / 255, 2.7, 0, 2 * Math.PI);
        context.fill();
        context.stroke();
      }
    }
  }

  function drawDigits(context, count, side) {
    const cell = (side - AXIS) / count;
    context.fillStyle = getComputedStyle(root).color;
    context.font = `15px ${getComputedStyle(root).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let digit = 0; digit < count; digit += 1) {
      context.fillText(digit, AXIS / 2, (digit + 0.5) * cell);
      context.fillText(digit, AXIS + (digit + 0.5) * cell, side - AXIS / 2);
    }
  }

  function drawMap(net) {
    const canvas = find(`.${net} canvas`);
    const { context, side } = drawingOn(canvas);
    const levels = bytes(data[net].picture);
    const count = Math.sqrt(levels.length);
    const small = (state.small ??= document.createElement("canvas"));
    paintValues(small, levels, count, colourOf);
    context.imageSmoothingEnabled = Boolean(data.points);
    if (data.points) {
      context.drawImage(small, 0, 0, side, side);
      drawBoundary(context, levels, count, side);
      drawPoints(context, bytes(data.points), side);
    } else {
      context.drawImage(small, AXIS, 0, side - AXIS, side - AXIS);
      drawDigits(context, count, side);
    }
    canvas.setAttribute("role", "img");
    canvas.setAttribute(
      "aria-label",
      `${words[net]}${marks.colon}${words.map}${marks.opening}${data[net].right} ${words.correct}${marks.closing}${marks.stop}${words.shows}`,
    );
  }

  function drawChart() {
    const svg = find(".chart svg");
    const [width, height] = [svg.clientWidth || 480, svg.clientHeight || 240];
    const x = (step) => MARGIN.left + ((width - MARGIN.left - MARGIN.right) * step) / data.last;
    const y = (loss) => MARGIN.top + (height - MARGIN.top - MARGIN.bottom) * (1 - loss / data.top);
    const key = JSON.stringify([width, height, data.last, data.top, words.guessing]);
    if (state.key !== key) {
      state.key = key;
      svg.replaceChildren();
      for (const share of [0, 0.5, 1]) {
        const level = share * data.guessing;
        element(
          "path",
          { class: share === 1 ? "guessing" : "grid", d: `M${MARGIN.left} ${y(level)}H${width - MARGIN.right}` },
          svg,
        );
        element("text", { x: MARGIN.left - 8, y: y(level) + 5, "text-anchor": "end" }, svg).textContent = level
          ? level.toFixed(2)
          : "0";
      }
      element("text", { x: width - MARGIN.right, y: y(data.guessing) - 7, "text-anchor": "end" }, svg).textContent =
        words.guessing;
      for (const step of [0, data.last / 4, data.last / 2, (3 * data.last) / 4, data.last])
        element("text", { x: Math.min(x(step), width - 18), y: height - 5, "text-anchor": "middle" }, svg).textContent =
          step;
      state.lines = Object.fromEntries(NETS.map((net) => [net, element("path", { class: `line ${net}` }, svg)]));
      state.dots = Object.fromEntries(
        NETS.map((net) => [net, element("circle", { class: `dot ${net}`, r: 5.5 }, svg)]),
      );
    }
    NETS.forEach((net, index) => {
      const known = data.losses.map(([step, ...losses]) => [step, measured(losses[index])]);
      const points = known.map(([step, loss]) => [
        x(step),
        Number.isFinite(loss) ? y(Math.min(loss, 20 * data.top)) : loss,
      ]);
      state.lines[net].setAttribute("d", polyline(points));
      const loss = measured(data[net].loss);
      state.dots[net].setAttribute("visibility", Number.isFinite(loss) ? "visible" : "hidden");
      if (Number.isFinite(loss)) {
        state.dots[net].setAttribute("cx", x(data.step));
        state.dots[net].setAttribute("cy", y(Math.min(loss, 20 * data.top)));
      }
    });
    svg.setAttribute("role", "img");
    const told = NETS.map((net) => `${words[net]} ${lossTold(data[net].loss)}`).join(marks.item);
    const { step, lossTitle, guessing } = words;
    svg.setAttribute("aria-label", [lossTitle, `${step} ${data.step}${marks.colon}${told}`, guessing].join(marks.stop));
  }

  const intensity = (size) => Math.min(1, Math.max(0.04, (Math.log10(size) - WEAKEST) / (STRONGEST - WEAKEST)));

  function drawStrip(net) {
    const svg = find(`.strip.${net} svg`);
    const sizes = data[net].gradients.map(measured);
    const [width, height] = [svg.clientWidth || 800, svg.clientHeight || 34];
    const key = JSON.stringify([width, height, sizes.length]);
    const arc = net === "residual" ? 12 : 0;
    if (svg.key !== key) {
      svg.key = key;
      svg.replaceChildren();
      const each = width / sizes.length;
      for (const index of sizes.keys())
        element(
          "rect",
          { rx: 1.5, x: index * each, y: arc, width: Math.max(0.4, each - 1.2), height: height - arc },
          svg,
        );
      let path = "";
      for (let index = 1; arc && index + 1 < sizes.length - 1; index += 2)
        path += `M${index * each} ${arc}C${index * each} 0 ${(index + 2) * each - 1.2} 0 ${(index + 2) * each - 1.2} ${arc}`;
      element("path", { class: "arcs", d: path }, svg);
    }
    svg.querySelectorAll("rect").forEach((rect, index) => {
      const size = sizes[index];
      rect.setAttribute("class", size === 0 ? "lost" : Number.isFinite(size) ? "" : "broken");
      rect.style.fill =
        size === 0 || !Number.isFinite(size)
          ? ""
          : `color-mix(in srgb, var(--net) ${Math.round(intensity(size) * 100)}%, var(--st-background-color))`;
    });
    const [first, last] = [sizes[0], sizes.at(-1)];
    const ratio = last === 0 ? words.noLast : Number.isFinite(first / last) ? scientific(first / last) : words.overflow;
    const number = find(`.strip.${net} .ratio b`);
    number.textContent = ratio;
    number.classList.toggle("words", ratio.length > 12);
    svg.setAttribute("role", "img");
    svg.setAttribute(
      "aria-label",
      `${words[net]}${marks.stop}${words.strip}${marks.colon}${scientific(first)} – ${scientific(last)}${marks.clause}${words.ratio} ${ratio}`,
    );
  }

  function draw() {
    for (const net of NETS) {
      for (const name of root.querySelectorAll(`.${net} .name`)) name.textContent = words[net];
      find(`.${net} .right`).textContent = `${data[net].right} ${words.correct}`;
      find(`.${net} .loss`).textContent = `${words.loss} ${lossTold(data[net].loss)} · ${words.guessed}`;
      find(`.strip.${net} .ratio span`).textContent = words.ratio;
      drawMap(net);
      drawStrip(net);
    }
    find(".title").textContent = words.lossTitle;
    find(".step").textContent = `${words.step} ${data.step}`;
    find(".seconds").textContent = data.step ? `${data.seconds.toFixed(1)} ${words.seconds}` : "";
    find(".key .low").textContent = words.low;
    find(".key .high").textContent = words.high;
    find(".key i").style.background = gradientOf(false);
    const isBroken = NETS.some((net) => bytes(data[net].picture).includes(SHARE + 1));
    const isLost = NETS.some((net) => data[net].gradients.includes(0));
    find(".shows").textContent = isBroken ? `${words.shows} ${words.broken}` : words.shows;
    for (const name of ["weak", "strong"]) find(`.legend .${name}`).textContent = words[name];
    find(".legend .what").textContent = `${words.strip} ·`;
    find(".legend .lost").textContent = isLost ? `· ${words.lost}` : "";
    drawChart();
    // Screen readers announce this only when it changes, which is not at every step.
    const status = find(".status");
    if (status.textContent !== data.status) status.textContent = data.status;
    Object.assign(root.dataset, { step: data.step, does: data.does, race: data.race });
  }

  draw();

  clearTimeout(state.timer);
  const look = () => {
    setTriggerValue("look", true);
    state.timer = setTimeout(look, PATIENCE);
  };
  if (data.poll !== null) state.timer = setTimeout(look, 1000 * data.poll);

  const stopWatching = onResize(root, [root], () => render(component));
  return () => {
    stopWatching();
    clearTimeout(state.timer);
  };
}
