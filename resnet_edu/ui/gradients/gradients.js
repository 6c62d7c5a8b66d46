// Plain against residual, layer by layer, at every position of a slider: every depth, or every step of training at
// one depth (data.layers). All positions are here, so a drag redraws without the server. A value that is not a
// positive number arrives as its sign: "start", "underflow", "off", "overflow" or "weightless".
import { announce, put } from "../components/announce.js";
import { onResize } from "../components/plot.js";
import { element, nearestOf, power, scientific } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const NETS = ["plain", "residual"];
const MARGIN = { left: 62, right: 14, top: 10, bottom: 26 };
const DEEPEST_ON_SLIDER = 110;
const COLOUR_DECADES = 8; // powers of ten that the colours can distinguish

const NARROW = 3; // bars narrower than this, in pixels, are not outlined one by one

const layersOf = (depth) => {
  const layers = [{ name: "conv1", stage: 0 }];
  for (const { name, stage } of blocksOf(depth))
    for (const conv of ["conv1", "conv2"]) layers.push({ name: `${name}.${conv}`, stage });
  return layers;
};
const blocksOf = (depth) => {
  const blocks = [];
  for (let stage = 1; stage <= 3; stage += 1)
    for (let block = 0; block < (depth - 2) / 6; block += 1) blocks.push({ name: `layer${stage}.${block}`, stage });
  return blocks;
};
const SIGNS = ["start", "underflow", "off", "overflow", "weightless"];
const sizeOf = (value) => (typeof value === "number" ? value : value === "overflow" ? Infinity : 0);

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  state.layer ??= null;
  const input = find("input");
  const curves = find(".curves");
  const wanted = held(root, "position", data.position);

  if (state.text !== data.pairs) Object.assign(state, { text: data.pairs, pairs: JSON.parse(data.pairs) });
  const { pairs } = state;

  const positions = Object.keys(pairs)
    .map(Number)
    .sort((a, b) => a - b);
  const onSlider = positions.filter((position) => position <= DEEPEST_ON_SLIDER);
  const depthOf = (position) => data.layers ?? position;
  const inBlocks = data.quantity === "trunk_gradient";
  const partsOf = inBlocks ? blocksOf : layersOf;

  // One scale for both nets and all positions of the slider, so that the axes do not move; the deepest net has its
  // own.
  state.deep = wanted.value > DEEPEST_ON_SLIDER && positions.includes(wanted.value);
  let low = Infinity;
  let high = -Infinity;
  for (const position of state.deep ? [wanted.value] : onSlider)
    for (const net of NETS)
      for (const part of ["values", "low", "high"])
        for (const each of pairs[position][net][part] ?? [])
          if (typeof each === "number") {
            low = Math.min(low, each);
            high = Math.max(high, each);
          }
  const bottom = Math.floor(Math.log10(low));
  const top = Math.max(bottom + 1, Math.ceil(Math.log10(high)));

  const width = curves.clientWidth || 800;
  const height = curves.clientHeight || 270;
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const y = (each) => {
    if (each === Infinity) return MARGIN.top;
    const at = each > 0 ? Math.log10(each) : bottom - 1;
    const share = (Math.min(top, Math.max(bottom - 1, at)) - bottom + 1) / (top - bottom + 1);
    return MARGIN.top + inner.height * (1 - share);
  };
  const x = (index, last) => MARGIN.left + (inner.width * index) / Math.max(1, last);
  const lastOf = (position) => partsOf(data.layers ?? Math.max(position, DEEPEST_ON_SLIDER)).length - 1;

  // Rebuilt only for a new setting, language or width.
  const key = JSON.stringify([width, height, bottom, top, words, data.quantity, positions.length]);
  if (state.key !== key) {
    state.key = key;
    curves.replaceChildren();
    const step = Math.max(1, Math.ceil((top - bottom) / 6));
    for (let exponent = bottom; exponent <= top; exponent += step) {
      const at = y(10 ** exponent);
      if (y(0) - at < 14) continue; // reserved for the label 0
      element("path", { class: "grid", d: `M${MARGIN.left} ${at}H${width - MARGIN.right}` }, curves);
      element("text", { class: "tick", x: MARGIN.left - 8, y: at + 5, "text-anchor": "end" }, curves).textContent =
        power(exponent);
    }
    const zero = element("text", { class: "tick", x: MARGIN.left - 8, y: y(0) + 5, "text-anchor": "end" }, curves);
    zero.textContent = "0";
    element(
      "path",
      { class: "grid", d: `M${MARGIN.left} ${y(0)}H${width - MARGIN.right}`, "stroke-dasharray": "2 4" },
      curves,
    );
    state.ticks = element("g", {}, curves);
    state.guide = element("path", { class: "guide" }, curves);
    state.paths = {};
    for (const net of NETS) {
      state.paths[net] = {
        band: element("path", { class: `band ${net}` }, curves),
        line: element("path", { class: `line ${net}` }, curves),
        dots: element("path", { class: `dots ${net}` }, curves),
      };
      const strip = find(`.${net} .strip`);
      strip.replaceChildren();
      state[net] = { strip, arcs: element("path", { class: "arcs" }, strip), rects: [], signs: {} };
      for (const sign of SIGNS) state[net].signs[sign] = element("path", { class: `sign ${sign}` }, strip);
      state[net].chosen = element("rect", { class: "chosen", visibility: "hidden" }, strip);
      find(`.${net} .name b`).textContent = words[net];
      find(`.${net} .ratio span`).textContent = words.ratio;
    }
    state.shown = null;
  }

  const intensity = (each) => Math.min(1, Math.max(0.04, (Math.log10(each) - top + COLOUR_DECADES) / COLOUR_DECADES));

  // Bars with a sign are outlined; narrow neighbours share one outline, which would fill a single bar.
  function drawSigns(net, values, rects, narrow) {
    const boxes = [];
    values.forEach((value, index) => {
      if (typeof value === "number") return;
      const [left, top, wide, tall] = ["x", "y", "width", "height"].map((name) =>
        Number(rects[index].getAttribute(name)),
      );
      const box = boxes.at(-1);
      if (narrow && box?.sign === value && box.index === index - 1 && left - box.right < 1)
        Object.assign(box, { index, right: left + wide });
      else boxes.push({ sign: value, index, left, right: left + wide, top, bottom: top + tall });
    });
    const outlines = Object.fromEntries(SIGNS.map((sign) => [sign, ""]));
    for (const { sign, left, right, top, bottom } of boxes) {
      outlines[sign] += `M${left} ${top}H${right}V${bottom}H${left}Z`;
      if (sign === "start" || sign === "off") outlines[sign] += `M${left} ${bottom}L${right} ${top}`;
      if (sign === "off") outlines[sign] += `M${left} ${top}L${right} ${bottom}`;
    }
    for (const sign of SIGNS) state[net].signs[sign].setAttribute("d", outlines[sign]);
  }

  function drawStrip(net, values, parts) {
    const { strip, rects, arcs } = state[net];
    const wide = strip.clientWidth || 600;
    const tall = strip.clientHeight || 62;
    const arc = net === "residual" ? 20 : 0;
    const gap = parts.length > 300 ? 0 : 8;
    const each = (wide - 3 * gap) / parts.length;
    while (rects.length < parts.length) {
      rects.push(element("rect", { rx: 1.5 }));
      strip.insertBefore(rects.at(-1), state[net].signs[SIGNS[0]]);
    }
    let path = "";
    parts.forEach((part, index) => {
      const rect = rects[index];
      const left = index * each + part.stage * gap;
      const value = values[index];
      rect.setAttribute("x", left);
      rect.setAttribute("y", arc);
      rect.setAttribute("width", Math.max(0.4, each - (each > NARROW ? 1.2 : 0)));
      rect.setAttribute("height", tall - arc);
      rect.setAttribute("class", typeof value !== "number" ? "signed" : each > NARROW ? "" : "narrow");
      rect.style.fill =
        typeof value === "number"
          ? `color-mix(in srgb, var(--net) ${Math.round(intensity(value) * 100)}%, var(--st-background-color))`
          : "";
      rect.removeAttribute("visibility");
      if (arc && (inBlocks || index % 2 === 1) && each > 1.2) {
        const right = left + (inBlocks ? 1 : 2) * each - 1;
        path += `M${left} ${arc}C${left} 1 ${right} 1 ${right} ${arc}`;
      }
    });
    for (let index = parts.length; index < rects.length; index += 1) rects[index].setAttribute("visibility", "hidden");
    arcs.setAttribute("d", path);
    drawSigns(net, values, rects, each <= NARROW);
  }

  function drawTicks(last) {
    if (state.last === last && state.ticks.childNodes.length) return;
    state.last = last;
    state.ticks.replaceChildren();
    const step = last > 200 ? 200 : width < 500 ? 40 : inBlocks ? 10 : 20;
    for (let layer = step; layer <= last + 1; layer += step) {
      const tick = element(
        "text",
        { class: "tick", x: x(layer - 1, last), y: height - 6, "text-anchor": "middle" },
        state.ticks,
      );
      tick.textContent = `${layer}`;
    }
  }

  // Format a value, with its range over the seeds if there are several.
  function withRange(position, net, index) {
    const { values, low, high } = pairs[position][net];
    const write = (value) => (typeof value === "number" ? scientific(value) : words.signs[value]);
    return low ? `${write(values[index])} (${between(write(low[index]), write(high[index]))})` : write(values[index]);
  }

  const between = (low, high) => words.range.replace("{low}", low).replace("{high}", high);

  // [the number or its replacement, the text below it]
  function ratioOf(position, net) {
    const { values, ratio, range } = pairs[position][net];
    const [first, last] = [values[0], values.at(-1)];
    if (typeof last !== "number") return [words.noLast[last], ""];
    if (first === "overflow" || first === "weightless") return [words.signs[first], ""];
    if (typeof first !== "number") return ["0", words.signs[first]];
    const write = (each) => (each === "nan" || each === "inf" ? words.signs.overflow : scientific(each));
    return [write(ratio), range ? between(...range.map(write)) : ""];
  }

  function describe(position, layers) {
    const index = state.layer;
    const status = find(".layer");
    const hint = find(".hint");
    if (index === null || index >= layers.length) {
      const shown = SIGNS.filter((sign) => NETS.some((net) => pairs[position][net].values.includes(sign)));
      put(hint, [words.hint, ...shown.map((sign) => words.legend[sign])].join(marks.sentence));
      put(status, "");
      state.guide.setAttribute("d", "");
      for (const net of NETS) state[net].chosen.setAttribute("visibility", "hidden");
      return;
    }
    const at = x(index, lastOf(position));
    state.guide.setAttribute("d", `M${at} ${MARGIN.top}V${height - MARGIN.bottom}`);
    const { name, stage: number } = layers[index];
    const [plain, residual] = NETS.map((net) => pairs[position][net].values[index]);
    const channels = data.width * 2 ** Math.max(0, number - 1);
    const from = index === 0 ? 3 : layers[index - 1].stage === number || number < 2 ? channels : channels / 2;
    const stage = number ? `${words.stage} ${number}` : words.stem;
    const both = typeof plain === "number" && typeof residual === "number";
    put(hint, "");
    const told = [
      `${inBlocks ? words.block : words.layer} ${index + 1}`,
      name,
      stage,
      ...(inBlocks ? [] : [`${channels}×${from}×3×3`]),
      ...NETS.map((net) => `${words[net]} ${withRange(position, net, index)}`),
      ...(both ? [`${words.quotient} ${scientific(plain / residual)}`] : []),
    ].join(" · ");
    put(status, told);
    for (const net of NETS) {
      const rect = state[net].rects[index];
      for (const name of ["x", "y", "width", "height"]) state[net].chosen.setAttribute(name, rect.getAttribute(name));
      state[net].chosen.removeAttribute("visibility");
      state[net].strip.append(state[net].chosen);
    }
  }

  function draw() {
    const position = nearestOf(positions, wanted.value);
    const layers = partsOf(depthOf(position));
    const last = lastOf(position);
    drawTicks(last);
    find(".axis").textContent = `${words.axis} · ${pairs[position].plain.range ? words.runs : words.run}`;
    const ratios = NETS.map((net) => {
      let line = "";
      let dots = "";
      const { values, low: lowest, high: highest } = pairs[position][net];
      const at = (index, each) => `${x(index, last).toFixed(1)} ${y(sizeOf(each)).toFixed(1)}`;
      values.forEach((each, index) => {
        if (each === "weightless") return;
        dots += `M${at(index, each)}h0`;
        if (each !== "start") line += `${line ? "L" : "M"}${at(index, each)}`; // a start at 0 is not a dip
      });
      const range = lowest
        ? [...values.keys()].filter((index) => !["start", "weightless"].includes(values[index]))
        : [];
      const edge = [
        ...range.map((index) => at(index, highest[index])),
        ...range.reverse().map((index) => at(index, lowest[index])),
      ];
      state.paths[net].band.setAttribute("d", edge.length ? `M${edge.join("L")}Z` : "");
      state.paths[net].line.setAttribute("d", line);
      state.paths[net].dots.setAttribute("d", layers.length > 200 ? "" : dots);
      drawStrip(net, values, layers);
      const [ratio, under] = ratioOf(position, net);
      const number = find(`.${net} .ratio b`);
      number.textContent = ratio;
      number.classList.toggle("words", ratio.length > 12);
      find(`.${net} .ratio .spread`).textContent = under;
      find(`.${net} .name span`).textContent = data.notes?.[position]?.[net] ?? words[`${net}Note`];
      return `${words[net]} ${ratio}${under ? `${marks.opening}${under}${marks.closing}` : ""}`;
    }).join(marks.item);
    reading(input, position, [`${words.position} ${position}`, ratios].join(marks.stop));
    find(".deepest").setAttribute("aria-pressed", position > DEEPEST_ON_SLIDER);
    curves.setAttribute("role", "img");
    curves.setAttribute(
      "aria-label",
      [words.title, `${words.position} ${position}`, `${words.ratio}${marks.colon}${ratios}`].join(marks.stop),
    );
    curves.dataset.position = position;
    curves.dataset.layers = layers.length;
    describe(position, layers);
    const text = `${words.title}${marks.item}${words.ratio}${marks.colon}${ratios}${marks.stop.trim()}`;
    const news = { of: data.setting, text };
    if (data.setting) announce(find("[role=status].unseen"), "gradients", news);
  }

  const update = () => (wanted.value > DEEPEST_ON_SLIDER === state.deep ? draw() : render(component));
  const tell = (position) => setStateValue("position", position);

  input.min = 0;
  input.max = onSlider.length - 1;
  slider(input, wanted, {
    draw: update,
    label: words.position,
    tell,
    read: (at) => onSlider[at],
    place: (position) => Math.max(0, onSlider.indexOf(Math.min(DEEPEST_ON_SLIDER, position))),
  });

  const deepest = find(".deepest");
  deepest.hidden = !positions.includes(1202);
  deepest.textContent = "1202";
  deepest.title = words.deepest;
  deepest.onclick = () => {
    wanted.value = wanted.value > DEEPEST_ON_SLIDER ? onSlider[Number(input.value)] : 1202;
    update();
    wanted.tell(tell);
  };

  const play = find(".play");
  const label = () => {
    play.textContent = state.timer ? words.pause : words.play;
  };
  const stop = () => {
    clearInterval(state.timer);
    state.timer = null;
    label();
  };
  const pace = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 900 : 220;
  play.onclick = () => {
    if (state.timer) {
      stop();
      wanted.tell(tell);
      return;
    }
    if (Number(input.value) >= onSlider.length - 1) {
      input.value = 0;
      wanted.value = onSlider[0];
      update();
    }
    wanted.dragging = true; // until it stops, answers from Python are about earlier positions
    state.timer = setInterval(() => {
      if (Number(input.value) >= onSlider.length - 1) {
        stop();
        wanted.tell(tell);
        return;
      }
      input.value = Number(input.value) + 1;
      wanted.value = onSlider[Number(input.value)];
      update();
    }, pace);
    label();
  };
  label();

  const point = (event, box, left, right) => {
    const zoom = box.width / width; // lecture mode enlarges the page
    const share = ((event.clientX - box.left) / zoom - left) / (box.width / zoom - left - right);
    const nearest = Math.round(share * lastOf(Number(curves.dataset.position)));
    state.layer = Math.min(Number(curves.dataset.layers) - 1, Math.max(0, nearest));
    draw();
  };
  curves.onpointermove = (event) => point(event, curves.getBoundingClientRect(), MARGIN.left, MARGIN.right);
  curves.onkeydown = (event) => {
    const count = Number(curves.dataset.layers);
    const now = state.layer ?? 0;
    const next = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: count - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    state.layer = Math.min(count - 1, Math.max(0, next));
    draw();
  };
  for (const net of NETS) {
    const { strip } = state[net];
    strip.onpointermove = (event) => {
      const index = state[net].rects.indexOf(event.target);
      if (index >= 0) {
        state.layer = index;
        draw();
      }
    };
  }

  draw();
  const stopWatching = onResize(root, [curves], () => render(component));
  return () => {
    stopWatching();
    stop();
  };
}
