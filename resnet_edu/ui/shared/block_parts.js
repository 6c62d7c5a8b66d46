// Shared by both layouts of a block: its lanes, wrapped text, sizes of operations, arches, and the sheet they are
// drawn on.
const LANES = new Set(["main", "shortcut", "gate"]);
export const MERGES = new Set(["add", "concatenate", "blend"]);
const ENDS = new Set(["input", "output"]);
const MAKES_A_TENSOR = new Set(["conv", ...MERGES, ...ENDS]);
export const SHEETS = 6; // how far the sheets behind a convolution's card extend
export const PAD = 4;

/** Return a function that measures text in the component's own fonts. */
export function ruler({ sans, serif }) {
  const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  const known = new Map(); // widths at 100 px
  return (text, size, weight = 400, face = "sans") => {
    const font = face === "serif" ? `italic ${weight} 100px ${serif}` : `${weight} 100px ${sans}`;
    const key = font + text;
    if (!known.has(key)) {
      pen.font = font;
      known.set(key, pen.measureText(text).width);
    }
    return (known.get(key) * size) / 100;
  };
}

export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const rounded = (value) => Math.round(value * 10) / 10;

// A line may break after a space or a Chinese punctuation mark, and inside a run of Chinese only as a last resort.
const PHRASES = /[^\s，。：；、！？]+[，。：；、！？]*\s*/gu;
const CHARACTERS = /[⺀-鿿豈-﫿][，。：；、！？）]*|[^\s⺀-鿿豈-﫿]+\s*/gu;

/** Wrap the text into lines of about equal length, no wider than `limit`. */
export function wrap(text, limit, widthOf) {
  const phrases = text.match(PHRASES) ?? [];
  const pieces = phrases.some((phrase) => widthOf(phrase.trimEnd()) > limit)
    ? (text.match(CHARACTERS) ?? phrases)
    : phrases;
  const fill = (most) => {
    const lines = [""];
    for (const piece of pieces) {
      const longer = lines.at(-1) + piece;
      if (lines.at(-1) && widthOf(longer.trimEnd()) > most) lines.push(piece);
      else lines[lines.length - 1] = longer;
    }
    return lines.map((line) => line.trim());
  };
  const greedy = fill(limit);
  if (greedy.length < 2) return greedy;
  for (let most = Math.max(40, widthOf(text) / greedy.length); most < limit; most += 8) {
    const even = fill(most);
    if (even.length === greedy.length) return even;
  }
  return greedy;
}

/**
 * Return the lanes of a block: `main` in order, and the `chains` that leave and rejoin it (empty ones are shortcuts).
 */
export function lanes(data) {
  const nodes = data.nodes.map((node) => ({ ...node, lane: LANES.has(node.lane) ? node.lane : "main" }));
  const main = nodes.filter((node) => node.lane === "main");
  if (main.at(-1).kind !== "output") {
    const last = main.at(-1);
    const output = {
      id: "",
      kind: "output",
      title: data.labels.out,
      inputs: [last.id],
      lane: "main",
      shape: last.shape,
    };
    main.push({ ...output, silent: true });
    nodes.push(main.at(-1));
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const at = new Map(main.map((node, index) => [node.id, index]));
  const chains = [];
  for (const node of nodes) {
    for (const input of node.inputs) {
      const source = byId.get(input);
      if (!source) continue;
      if (node.lane !== "main") {
        const chain = chains.find((each) => each.ops.at(-1) === source);
        if (chain && chain.to === undefined) chain.ops.push(node);
        else chains.push({ lane: node.lane, ops: [node], from: at.get(input) ?? 0 });
      } else if (source.lane !== "main") {
        const chain = chains.find((each) => each.ops.includes(source));
        if (chain) chain.to = at.get(node.id);
      } else if (at.get(input) < at.get(node.id) - 1) {
        chains.push({ lane: "shortcut", ops: [], from: at.get(input), to: at.get(node.id) });
      }
    }
  }
  for (const chain of chains) {
    chain.to ??= main.length - 1;
    chain.dashed = chain.ops.length ? chain.ops.some((op) => op.dashed) : Boolean(data.shortcut?.dashed);
  }
  // Of arches above one another, the longer one lies further out.
  chains.sort((a, b) => a.to - a.from - (b.to - b.from) || a.ops.length - b.ops.length);
  chains.forEach((chain, index) => {
    const over = (each) => each.lane === chain.lane && each.from < chain.to && chain.from < each.to;
    const below = chains.slice(0, index).filter(over);
    chain.level = below.length ? 1 + Math.max(...below.map((each) => each.level)) : 0;
  });
  const labelled = chains.filter((chain) => !chain.ops.length).at(-1);
  if (labelled) labelled.label = data.shortcut;
  const faulty = (chain) => chain.ops.some((op) => op.id === data.fault?.node);
  const fault = data.fault ? (at.get(data.fault.node) ?? chains.find(faulty)?.to ?? null) : null;
  main.forEach((node, index) => {
    node.after = fault !== null && index > fault;
  });
  return { main, chains, fault, byId, plain: !main.some((node) => MERGES.has(node.kind)) };
}

/**
 * Return the parts of the main lane along which a tensor passes from operation to operation without changing its
 * shape.
 */
export function spans(main) {
  const found = [];
  main.forEach((node, index) => {
    if (index === main.length - 1) return;
    const same = index > 0 && node.shape === main[index - 1].shape;
    if (index === 0 || MAKES_A_TENSOR.has(node.kind) || !same)
      found.push({ from: index, to: index + 1, shape: node.shape, changed: index === 0 || !same });
    else found.at(-1).to = index + 1;
  });
  return found;
}

/** Return the size of an operation's card and its lines of text. */
export function card(node, { size, limit, form, widthOf, dense = 1 }) {
  const big = 16 * size;
  const small = 14 * size;
  if (ENDS.has(node.kind))
    return { w: 40 * dense ** 0.3 * size, h: 40 * dense ** 0.3 * size, lip: 0, lines: [], round: true };
  if (MERGES.has(node.kind)) return { w: 46 * size, h: 46 * size, lip: 0, lines: [], round: true };
  const line = (text, textSize, kind, weight) => ({ text, size: textSize, kind, w: widthOf(text, textSize, weight) });
  const wrapped = (text, textSize, kind, weight) =>
    wrap(text, limit, (part) => widthOf(part, textSize, weight)).map((part) => line(part, textSize, kind, weight));
  const lines = wrapped(node.title, big, "title", 650);
  if (form === "full") {
    if (node.detail) lines.push(...wrapped(node.detail, small, "detail"));
    if (node.note) lines.push(...wrapped(node.note, small, "note", 600));
  } else {
    const rest = [node.note, node.detail].filter(Boolean).join(" · ");
    const one = lines[0].text + (rest ? `  ${rest}` : "");
    const short = node.kind !== "conv" && lines.length === 1 && widthOf(one, big, 650) <= limit;
    if (rest && short && form === "line") {
      lines[0].tail = { text: rest, size: small, gap: 7 * size, w: widthOf(rest, small) };
      lines[0].w += lines[0].tail.w + lines[0].tail.gap;
    } else if (rest) lines.push(...wrapped(rest, small, "detail"));
  }
  const conv = node.kind === "conv";
  const glyph = form === "full" && ["conv", "norm", "activation"].includes(node.kind) ? 19 * size : 0;
  const side = { conv: 10, norm: form === "full" ? 11 : 18, activation: 10 }[node.kind] ?? 10;
  const text = lines.reduce((sum, each) => sum + each.size * 1.24, 0);
  return {
    w: Math.max(glyph, ...lines.map((each) => each.w)) + 2 * side * dense * size + (conv ? SHEETS : 0),
    h: text + (glyph ? glyph + 5 * size : 0) + (form === "full" ? 18 : 13) * size,
    lip: conv ? SHEETS : 0, // the sheets also extend upwards
    lines,
    glyph,
  };
}

/** Return a path from the main lane out to a side lane and back; u runs along the lane, v across it. */
export function arch(from, to, v, radius, point) {
  const k = 0.5523;
  const turn = Math.min(radius, Math.abs(to.u - from.u) / 2);
  const corner = [from.u + turn, to.u - turn];
  const out = `C${point(from.u, from.v + k * (v - from.v))} ${point(corner[0] - k * turn, v)} ${point(corner[0], v)}`;
  const back = `C${point(corner[1] + k * turn, v)} ${point(to.u, to.v + k * (v - to.v))} ${point(to.u, to.v)}`;
  return { corner, start: `M${point(from.u, from.v)}`, out, back };
}

/** Return the edges of a chain, from the main lane through its operations and back, each with its two arrowheads. */
export function chainEdges(chain, { main, boxes, lane, source, target, radius, wide, head }) {
  const point = (u, v) => (wide ? `${rounded(u)} ${rounded(v)}` : `${rounded(v)} ${rounded(u)}`);
  const at = (u, v) => (wide ? { x: u, y: v } : { x: v, y: u });
  const inward = Math.sign(source.v - lane); // direction along v from the side lane to the main lane
  const across = wide ? (inward > 0 ? 90 : -90) : inward > 0 ? 0 : 180;
  const along = wide ? 0 : 90;
  const ids = [main[chain.from].id, ...chain.ops.map((op) => op.id), main[chain.to].id];
  const inset = head * 0.8;
  const places = chain.ops.map((op) => {
    const box = boxes.get(op.id);
    const [low, high] = wide ? [box.x, box.x + box.w] : [box.y - box.lip, box.y + box.h];
    return { low, high };
  });
  const way = (before, after) => {
    const start = { ...source, v: source.v - inward * before };
    const end = { ...target, v: target.v - inward * after };
    return arch(start, end, lane, radius, point);
  };
  return ids.slice(1).map((id, index) => {
    const first = index === 0;
    const last = index === ids.length - 2;
    const low = first ? null : places[index - 1].high + 2;
    const high = last ? 0 : places[index].low - 2; // the last edge ends at the target
    const draw = (before, after) => {
      const { start, out, back, corner } = way(first ? before : 0, last ? after : 0);
      const straight = (u) => `L${point(u, lane)}`;
      return (
        (first ? `${start}${out}` : `M${point(low + before, lane)}`) +
        (last ? `${straight(Math.max(corner[1], low ?? corner[1]))}${back}` : straight(high - after))
      );
    };
    const { corner } = way(0, 0);
    return {
      key: `${ids[index]}<-${id}`,
      from: ids[index],
      to: id,
      lane: chain.lane,
      dashed: chain.dashed,
      forward: draw(0, inset),
      backward: draw(inset, 0),
      tip: { ...(last ? at(target.u, target.v) : at(high, lane)), angle: last ? across : along },
      tail: { ...(first ? at(source.u, source.v) : at(low, lane)), angle: first ? across : along + 180 },
      flat: [low ?? corner[0], last ? corner[1] : high],
    };
  });
}

/** Collects what is drawn apart from the operations. */
export class Sheet {
  constructor(data, graph, size, widthOf) {
    this.graph = graph;
    this.size = size;
    this.small = 14 * size;
    this.widthOf = widthOf;
    this.gradients = data.backward?.edges ?? {};
    this.boxes = new Map();
    /** @type {any[]} */
    this.edges = [];
    /** @type {any[]} */
    this.texts = [];
    /** @type {any[]} */
    this.lines = [];
    this.crowded = false;
    this.bottom = 0;
  }

  boxAt(index) {
    return this.boxes.get(this.graph.main[index].id);
  }

  /** Return whether the output of `node` has a different shape from its input. */
  changes(node) {
    return node.inputs.every((input) => this.graph.byId.get(input)?.shape !== node.shape);
  }

  shape(text, place, { changed = true, clash = false } = {}) {
    const kind = clash ? "shape clash" : changed ? "shape changed" : "shape";
    if (text) this.texts.push({ ...place, text, kind, size: this.small });
  }

  gradient(text, place, size) {
    if (text) this.texts.push({ ...place, text, kind: "gradient math", size, when: "backward" });
  }

  merge(node, place) {
    this.texts.push({ ...place, text: node.title, kind: node.after ? "merge after" : "merge", size: this.small });
  }

  message(lines, x, y, size) {
    for (const [index, text] of lines.entries())
      this.texts.push({ x, y: y + index * size * 1.25, text, kind: "message", size });
  }

  /** Return the extent of a text, measured as if bold, with a small margin. */
  extentOf({ text, kind, size, x, y, anchor = "start" }) {
    const w = kind.includes("math") ? this.widthOf(text, size, 400, "serif") : this.widthOf(text, size, 650);
    const left = x - (anchor === "end" ? w : anchor === "middle" ? w / 2 : 0);
    return { left: left - 3, right: left + w + 3, top: y - 0.85 * size, low: y + 0.15 * size };
  }

  /**
   * Write texts between `low` and `high` where they overlap no other text or operation, as close to the middle as
   * possible. `ways` are alternatives, functions of a height; the first that fits is used. If none fits, the sheet is
   * crowded.
   */
  settle([low, high], width, ways) {
    const middle = (low + high) / 2;
    const before = this.texts.length;
    const inTheWay = [...this.boxes.values()].map((box) => ({
      left: box.x,
      right: box.x + box.w,
      top: box.y - box.lip,
      low: box.y + box.h,
    }));
    const meets = (one, two) => one.left < two.right && two.left < one.right && one.top < two.low && two.top < one.low;
    const apart = (text) => {
      const own = this.extentOf(text);
      const seenWith = (other) => !text.when || !other.when || text.when === other.when;
      const others = this.texts.slice(0, before).filter(seenWith);
      const inside = own.left >= 0 && own.right <= width;
      return inside && ![...inTheWay, ...others.map((each) => this.extentOf(each))].some((each) => meets(own, each));
    };
    for (const write of ways)
      for (let away = 0; away <= Math.max(0, (high - low) / 2 - this.small); away += 3)
        for (const y of away ? [middle - away, middle + away] : [middle]) {
          write(y);
          if (this.texts.slice(before).every(apart)) return;
          this.texts.length = before;
        }
    ways[0](middle);
    this.crowded = true;
  }

  /** Draw the straight edges of the main lane; `ends` returns where the edge into main[index] starts and ends. */
  straight(ends, head) {
    const { main } = this.graph;
    main.slice(1).forEach((node, at) => {
      if (!node.inputs.includes(main[at].id)) return;
      const { start, end, angle } = ends(at + 1);
      const [dx, dy] = angle ? [0, head * 0.8] : [head * 0.8, 0];
      const line = (x0, y0, x1, y1) => `M${rounded(x0)} ${rounded(y0)}L${rounded(x1)} ${rounded(y1)}`;
      this.edges.push({
        key: `${main[at].id}<-${node.id}`,
        from: main[at].id,
        to: node.id,
        lane: "main",
        forward: line(start.x, start.y, end.x - dx, end.y - dy),
        backward: line(start.x + dx, start.y + dy, end.x, end.y),
        tip: { ...end, angle },
        tail: { ...start, angle: angle + 180 },
      });
    });
  }

  result(form, width, bottom) {
    const { size, boxes, edges, texts, lines, graph } = this;
    return { form, width, height: Math.ceil(bottom), size, boxes, edges, texts, lines, graph };
  }
}
