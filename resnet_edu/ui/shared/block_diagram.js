// A block as a graph of operations, forward or backward. block_layout.js computes all positions; this file draws them
// and reacts to pointer, keyboard and switch without the server.
import { announce } from "../components/announce.js";
import { onResize } from "../components/plot.js";
import { element } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held } from "../components/slider.js";
import { blockLayout } from "./block_layout.js";
import { rounded, ruler, SHEETS } from "./block_parts.js";

const HEAD = "M0 0L-11 -5.5Q-9 0 -11 5.5Z"; // an arrowhead with its tip at the origin

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  state.groups ??= new Map();
  const svg = find("svg");

  const turned = held(root, "backward", Boolean(data.backward?.at));
  // Without an output y there is no gradient: a faulty block is always shown forward, and the switch is disabled.
  const reversible = Boolean(data.backward) && !data.fault;
  const backward = () => reversible && turned.value;

  function drawing() {
    const style = getComputedStyle(root);
    const fonts = { sans: style.fontFamily, serif: style.getPropertyValue("--st-heading-font") || "serif" };
    const layout = blockLayout(data, root.clientWidth || 900, parseFloat(style.fontSize) / 17, ruler(fonts));
    const { width, height, graph } = layout;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.style.height = `${height}px`;
    svg.dataset.layout = root.dataset.layout = layout.form;
    svg.setAttribute("class", graph.plain ? "plain" : "residual");
    svg.setAttribute("aria-label", `${words.in} → ${words.out}`);
    find(".unseen").textContent = words.alt;
    state.order = data.nodes.map((node) => node.id);
    state.byId = graph.byId;
    drawEdges(layout);
    drawRails(layout);
    drawNodes(layout);
  }

  function drawEdges({ edges, size, graph }) {
    const layer = find(".edges");
    layer.replaceChildren();
    state.edges = edges.map((edge) => {
      const greyed = graph.byId.get(edge.from)?.after || (data.fault && edge.from === data.fault.node);
      const names = ["edge", edge.lane, edge.dashed && "dashed", greyed && "after"].filter(Boolean).join(" ");
      const group = element("g", { class: names, "data-edge": edge.key }, layer);
      const broad = edge.lane === "shortcut" ? 1.4 : 1.05;
      for (const [direction, at] of [
        ["forward", edge.tip],
        ["backward", edge.tail],
      ]) {
        const part = element("g", { class: direction }, group);
        element("path", { class: "line", d: edge[direction] }, part);
        if (direction === "backward") element("path", { class: "flow", d: edge[direction] }, part);
        const turn = `translate(${rounded(at.x)} ${rounded(at.y)}) rotate(${at.angle}) scale(${rounded(size * broad)})`;
        element("path", { class: "head", d: HEAD, transform: turn }, part);
      }
      return { ...edge, group };
    });
  }

  function drawRails({ texts, lines }) {
    const layer = find(".rails");
    layer.replaceChildren();
    for (const line of lines) element("path", { class: line.kind, d: line.d }, layer);
    for (const each of texts) write(each, layer);
  }

  function drawNodes({ boxes, size }) {
    const layer = find(".nodes");
    const held = svg.getRootNode().activeElement?.dataset?.op;
    for (const [id, group] of state.groups)
      if (!state.byId.has(id)) {
        group.remove();
        state.groups.delete(id);
      }
    [...state.byId.values()].forEach((node, index) => {
      let group = state.groups.get(node.id);
      if (!group) state.groups.set(node.id, (group = element("g", {})));
      if (layer.children[index] !== group) layer.insertBefore(group, layer.children[index] ?? null);
      drawNode(group, node, boxes.get(node.id), size);
    });
    if (held !== undefined) {
      const next = state.groups.get(held) ?? state.groups.get(state.order[0]);
      if (next !== svg.getRootNode().activeElement) next.focus({ preventScroll: true });
    }
    if (!state.byId.has(state.pointed)) state.pointed = null;
    if (!state.byId.has(state.focused)) state.focused = null;
    rove(state.byId.has(state.stop) ? state.stop : state.order[0]);
  }

  function drawNode(group, node, box, size) {
    const fault = data.fault?.node === node.id;
    group.setAttribute("class", `node ${node.kind}${node.after ? " after" : ""}${fault ? " fault" : ""}`);
    if (fault) group.dataset.fault = node.id;
    else delete group.dataset.fault;
    group.replaceChildren();
    if (!node.silent) {
      group.dataset.op = node.id;
      group.setAttribute("role", "img");
      const said = [node.title, node.detail, node.note, node.shape, fault && data.fault.message];
      group.setAttribute("aria-label", said.filter(Boolean).join(marks.item));
      const around = { x: box.x - 5, y: box.y - 5, width: box.w + 10, height: box.h + 10 };
      element("rect", { class: "ring", ...around, rx: box.round ? box.w : 12 }, group);
    }
    outline(group, node, box, size);
    if (box.round) {
      symbol(group, node, box);
      return;
    }
    const middle = box.cx - (node.kind === "conv" ? SHEETS / 2 : 0);
    const text = box.lines.reduce((sum, line) => sum + line.size * 1.24, 0);
    let y = box.cy - (text + (box.glyph ? box.glyph + 5 * size : 0)) / 2;
    if (box.glyph) {
      glyph(group, node, middle, y, box.glyph);
      y += box.glyph + 5 * size;
    }
    for (const line of box.lines) {
      const written = write({ ...line, x: middle, y: y + line.size * 0.95, anchor: "middle" }, group);
      if (line.tail) {
        const tail = element("tspan", { class: "detail", dx: line.tail.gap }, written);
        tail.style.fontSize = `${line.tail.size}px`;
        tail.textContent = line.tail.text;
      }
      y += line.size * 1.24;
    }
  }

  // A convolution is a card on a stack of sheets, a normalisation a capsule, an activation a card with cut corners.
  function outline(group, node, box, size) {
    const { x, y, w, h } = box;
    const rect = (own) => element("rect", { class: "shape", x, y, width: w, height: h, rx: 6 * size, ...own }, group);
    const path = (d) => element("path", { class: "shape", d }, group);
    const cut = Math.min(w, h) * 0.2;
    const [right, below] = [x + w, y + h];
    if (box.round) element("circle", { class: "shape", cx: box.cx, cy: box.cy, r: w / 2 }, group);
    else if (node.kind === "conv")
      for (const back of [2, 1, 0]) {
        const place = { x: x + back * 3, y: y - back * 3, width: w - SHEETS };
        rect({ ...place, class: back ? "sheet" : "shape", rx: 4 * size });
      }
    else if (node.kind === "norm") rect({ rx: Math.min(w, h) / 2 });
    else if (node.kind === "activation")
      path(
        `M${x + cut} ${y}H${right - cut}L${right} ${y + cut}V${below - cut}L${right - cut} ${below}` +
          `H${x + cut}L${x} ${below - cut}V${y + cut}Z`,
      );
    else {
      rect({});
      if (node.kind === "pad") rect({ class: "inner", x: x + 4, y: y + 4, width: w - 8, height: h - 8, rx: 3 });
    }
  }

  function symbol(group, node, { cx, cy, w }) {
    const r = w * 0.26;
    const [left, right, top, low] = [cx - r, cx + r, cy - r, cy + r];
    const bar = (y) => `M${left} ${y}H${right}`;
    const marks = {
      add: `${bar(cy)}M${cx} ${top}V${low}`,
      concatenate: bar(cy - r * 0.62) + bar(cy) + bar(cy + r * 0.62),
      blend: `M${left} ${top}C${cx} ${top} ${cx} ${low} ${right} ${low}M${left} ${low}C${cx} ${low} ${cx} ${top} ${right} ${top}`,
    };
    const name = { input: words.in, output: words.out }[node.kind];
    if (marks[node.kind]) element("path", { class: "mark", d: marks[node.kind] }, group);
    else write({ x: cx, y: cy + w * 0.16, anchor: "middle", size: w * 0.58, kind: "math", text: name }, group);
  }

  function glyph(group, node, middle, top, size) {
    if (node.kind === "conv") {
      // The pixels that a filter covers: a 1×1 filter sees one of the nine that a 3×3 filter sees.
      const kernel = Number(/^(\d+)×\1/.exec(node.title)?.[1] ?? 1);
      const cells = Math.min(7, Math.max(3, kernel));
      const edge = (cells - kernel) / 2;
      const each = size / cells;
      for (let row = 0; row < cells; row += 1)
        for (let column = 0; column < cells; column += 1) {
          const seen = Math.min(row, column) >= edge && Math.max(row, column) < cells - edge;
          const place = { x: middle - size / 2 + column * each + 0.6, y: top + row * each + 0.6 };
          element(
            "rect",
            { class: seen ? "cell" : "cell blind", ...place, width: each - 1.2, height: each - 1.2 },
            group,
          );
        }
      return;
    }
    const at = (x, y) => `${rounded(middle + x * size)} ${rounded(top + y * size)}`;
    const curves = {
      norm: `M${at(-0.7, 0.88)}C${at(-0.25, 0.88)} ${at(-0.3, 0.12)} ${at(0, 0.12)}S${at(0.25, 0.88)} ${at(0.7, 0.88)}`,
      hinge: `M${at(-0.7, 0.85)}L${at(0, 0.85)}L${at(0.65, 0.1)}`,
      bend: `M${at(-0.7, 0.88)}C${at(0.15, 0.88)} ${at(-0.15, 0.12)} ${at(0.7, 0.12)}`,
    };
    const curve = node.kind === "norm" ? "norm" : /relu/i.test(node.title) ? "hinge" : "bend";
    element("path", { class: "glyph", d: curves[curve] }, group);
  }

  function write({ x, y, anchor, size, kind, text, when = null }, parent) {
    const place = { x: rounded(x), y: rounded(y), "text-anchor": anchor ?? "start" };
    const made = element("text", { class: when ? `${kind} only-${when}` : kind, ...place }, parent);
    made.style.fontSize = `${rounded(size)}px`;
    if (kind.includes("math")) formula(text, made, () => element("tspan", { class: "letter" }, made));
    else made.textContent = text;
    return made;
  }

  // Variables are set in italics; digits, brackets and function names upright.
  function formula(text, parent, letter) {
    parent.textContent = "";
    for (const part of text.match(/[A-Za-z]+|[^A-Za-z]+/g) ?? [])
      if (/^[A-Za-z]$/.test(part)) letter(parent).textContent = part;
      else parent.append(part);
  }

  const sentenceOf = (node) => (backward() && data.backward.nodes?.[node.id]) || node.sentence || "";

  // The line under the drawing is as tall as its longest sentence, so that the page does not jump.
  function reserve() {
    const probe = find(".probe");
    const sentences = [...data.nodes.map((node) => node.sentence), ...Object.values(data.backward?.nodes ?? {})];
    const texts = new Set([words.hint, ...sentences]);
    probe.style.width = `${find(".sentence").clientWidth}px`;
    probe.replaceChildren(
      ...[...texts].filter(Boolean).map((text) => {
        const made = document.createElement("p");
        made.textContent = text;
        return made;
      }),
    );
    const tallest = Math.max(0, ...[...probe.children].map((made) => made.offsetHeight));
    probe.replaceChildren();
    find(".sentence").style.minHeight = `${tallest}px`;
  }

  function light() {
    const id = state.pointed ?? state.focused;
    const node = state.byId.get(id);
    const sources = new Set();
    for (const edge of state.edges) {
      const [source, target] = backward() ? [edge.to, edge.from] : [edge.from, edge.to];
      edge.group.classList.toggle("lit", target === id);
      if (target === id) sources.add(source);
    }
    for (const [each, group] of state.groups) {
      group.classList.toggle("lit", Boolean(node) && each === id);
      group.classList.toggle("source", sources.has(each));
    }
    const sentence = find(".sentence");
    const text = node ? sentenceOf(node) : words.hint;
    if (sentence.textContent !== text) sentence.textContent = text;
  }

  function turn() {
    const direction = backward() ? "backward" : "forward";
    svg.dataset.direction = root.dataset.direction = direction;
    find("button").setAttribute("aria-pressed", backward());
    light();
  }

  function rove(id) {
    state.stop = id;
    for (const [each, group] of state.groups) {
      if (each === id) group.setAttribute("tabindex", 0);
      else if (group.dataset.op !== undefined) group.setAttribute("tabindex", -1);
    }
  }

  const opOf = (event) => event.target.closest?.("[data-op]")?.dataset.op ?? null;
  svg.onpointerover = (event) => {
    state.pointed = opOf(event);
    light();
  };
  svg.onpointerleave = (event) => {
    if (event.pointerType === "touch") return; // after a tap, the sentence stays until the next tap
    state.pointed = null;
    light();
  };
  state.listeners?.abort();
  const listeners = (state.listeners = new AbortController());
  const listen = (name, answer) => svg.addEventListener(name, answer, { signal: listeners.signal });
  listen("focusin", (event) => {
    state.focused = opOf(event);
    if (state.focused !== null) rove(state.focused);
    light();
  });
  listen("focusout", () => {
    state.focused = null;
    light();
  });
  svg.onkeydown = (event) => {
    const now = state.order.indexOf(state.stop);
    const last = state.order.length - 1;
    const next = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: last }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    state.pointed = null;
    state.groups.get(state.order[Math.min(last, Math.max(0, next))]).focus();
  };

  const button = find("button");
  button.hidden = !data.backward;
  button.disabled = !reversible;
  find(".onward").textContent = `${words.forward} →`;
  find(".back").textContent = `← ${data.backward?.label ?? ""}`;
  button.onclick = () => {
    turned.value = !turned.value;
    turn();
    turned.tell((value) => setStateValue("backward", value));
  };
  const letter = (parent) => parent.appendChild(document.createElement("i"));
  formula(data.backward?.sum ?? "", find(".sum"), letter);

  if (data.news) announce(find(".news"), "block", data.news);
  const draw = () => {
    drawing();
    reserve();
    turn();
  };
  draw();
  const stopWatching = onResize(root, [root], draw);
  document.fonts.addEventListener("loadingdone", draw, { signal: listeners.signal });
  return () => {
    stopWatching();
    listeners.abort();
  };
}
