// Positions of everything in the drawing of a block: takes operations, returns boxes, edges and texts. There are two
// layouts: wide (the main lane runs to the right, with its shortcut above) and tall (it runs down, with the shortcut
// on the right).
import { card, chainEdges, lanes, MERGES, PAD, rounded, SHEETS, Sheet, spans, sum, wrap } from "./block_parts.js";

const SHARPEST = 16; // smallest radius of an arch
const SHORTEST = 26; // shortest edge between two operations of a chain, at text size 1
const CLEAR = 4; // between operations on neighbouring levels

/**
 * Spread the labels of a row, moving those that do not fit next to each other into a second row; return the number of
 * rows.
 */
function stagger(labels, width) {
  const ends = [-Infinity, -Infinity];
  for (const label of labels) {
    const left = Math.min(width - label.w - PAD, Math.max(PAD, label.centre - label.w / 2));
    label.row = left >= ends[0] ? 0 : left >= ends[1] ? 1 : ends[0] <= ends[1] ? 0 : 1;
    label.x = Math.max(left, ends[label.row]);
    ends[label.row] = label.x + label.w + 14;
  }
  return labels.some((label) => label.row) ? 2 : 1;
}

/**
 * The two directions of a lane: `u` runs along it and `v` across it. The values name a box's fields for its start,
 * centre and size in each direction; `outward` says on which side a chain lies.
 */
const WIDE = {
  u: "x",
  middle: "cx",
  length: "w",
  v: "y",
  lane: "cy",
  breadth: "h",
  outward: { shortcut: -1, gate: 1 },
};
const TALL = {
  u: "y",
  middle: "cy",
  length: "h",
  v: "x",
  lane: "cx",
  breadth: "w",
  outward: { shortcut: 1, gate: -1 },
};
const BEHIND = 13; // distance from an operation to where a chain leaves the main lane, at text size 1

/** Return the operations of the main lane and the lengths of its edges, or null if they do not fit into the width. */
function wideColumns(graph, width, { size, limit, dense }, widthOf) {
  const { main, chains } = graph;
  const sides = chains.map(({ ops }) =>
    ops.map((op) => card(op, { size, limit: limit * 1.5, form: "compact", widthOf })),
  );
  const cards = main.map((node) => card(node, { size, limit, form: "full", widthOf, dense }));
  for (const kinds of [["conv"], ["norm", "activation"]]) {
    const alike = cards.filter((_, index) => kinds.includes(main[index].kind));
    const tallest = Math.max(0, ...alike.map((each) => each.h));
    for (const each of alike) each.h = tallest;
  }
  const leaves = new Set(chains.filter((chain) => chain.from > 0).map((chain) => chain.from));
  const gaps = main.slice(1).map((_, index) => (leaves.has(index) ? 42 : 30) * dense * size);
  for (const { from, to, shape } of spans(main)) {
    const inner = sum(cards.slice(from + 1, to).map((each) => each.w)) + sum(gaps.slice(from, to));
    const room = cards[from].w / 2 + inner + cards[to].w / 2;
    if (shape) widen(gaps, from, to, widthOf(shape, 14 * size, 650) + 30 * dense * size - room);
  }
  chains.forEach(({ from, to, ops }, index) => {
    if (!ops.length) return;
    const needed = sum(sides[index].map((each) => each.w)) + SHORTEST * size * (ops.length + 1) + 2 * SHARPEST;
    widen(gaps, from, to, needed - reachOf(WIDE, { from, to }, cards, gaps, size));
  });
  const spare = width - 2 * PAD - sum(cards.map((each) => each.w)) - sum(gaps);
  if (spare < 0) return null;
  const longer = Math.min(spare / gaps.length, 150 * size);
  return { cards, sides, gaps: gaps.map((gap) => gap + longer), left: PAD + (spare - longer * gaps.length) / 2 };
}

/** Return the distance along the main lane between the points where a chain leaves and rejoins it. */
function reachOf({ length }, { from, to }, cards, gaps, size) {
  const start = from > 0 ? -BEHIND * size : cards[0][length] / 2;
  const between = sum(cards.slice(from + 1, to).map((each) => each[length])) + sum(gaps.slice(from, to));
  return start + between + cards[to][length] / 2;
}

/** Lengthen the edges from one operation to another by `lacking` in total. */
function widen(gaps, from, to, lacking) {
  if (lacking > 0) for (let edge = from; edge < to; edge += 1) gaps[edge] += lacking / (to - from);
}

/**
 * Return the distance of each level of arches from the main lane: `first`, then `pitch` apart, or more where the
 * operations on them, up to `tallest[level]` high, need it; the main lane itself extends to `edge`.
 */
function distances(tallest, first, pitch, edge) {
  const found = [];
  tallest.forEach((height, level) => {
    if (level) found.push(found[level - 1] + Math.max(pitch, (tallest[level - 1] + height) / 2 + SHEETS + CLEAR));
    else found.push(Math.max(first, edge + height / 2 + CLEAR));
  });
  return found;
}

/** Return the height of the tallest operation on each level of a lane, innermost first. */
function tallestOf(lane, chains, sides) {
  const tallest = [0];
  chains.forEach((chain, index) => {
    if (chain.lane !== lane) return;
    const heights = sides[index].map((each) => each.h);
    tallest[chain.level] = Math.max(tallest[chain.level] ?? 0, ...heights);
  });
  return tallest;
}

/** Return the wide layout at one text size, with heights that depend on `pitch` alone, or null if it does not fit. */
function wideAt(data, graph, width, form, widthOf) {
  const columns = wideColumns(graph, width, form, widthOf);
  if (!columns) return null;
  const { main, chains, fault } = graph;
  const { size, pitch } = form;
  const sheet = new Sheet(data, graph, size, widthOf);
  const gates = chains.filter((chain) => chain.lane === "gate");
  const usual = gates.length ? 0 : 49 * pitch; // room for three lines and a glyph, even if unused
  const half = Math.max(usual, ...columns.cards.map((each) => each.h / 2));
  const edge = Math.max(...columns.cards.map((each) => each.h / 2 + each.lip));
  const over = tallestOf("shortcut", chains, columns.sides);
  const rises = distances(over, half + 36 * pitch, 62 * pitch, edge);
  const highest = rises.length - 1;
  const y = Math.max(36 * pitch, over[highest] / 2 + SHEETS + PAD) + rises[highest];
  const above = (level) => y - rises[level];
  let x = columns.left;
  main.forEach((node, index) => {
    const piece = columns.cards[index];
    sheet.boxes.set(node.id, { ...piece, x, y: y - piece.h / 2, cx: x + piece.w / 2, cy: y });
    x += piece.w + columns.gaps[index];
  });
  sheet.straight((index) => {
    const before = sheet.boxAt(index - 1);
    return { start: { x: before.x + before.w + 2, y }, end: { x: sheet.boxAt(index).x - 2, y }, angle: 0 };
  }, 11 * size);

  const rail = y + half + 16 * pitch;
  const under = wideRail(sheet, rail, width, pitch, gates) + 7 * pitch;
  const beneath = tallestOf("gate", chains, columns.sides);
  const falls = distances(beneath, 26 * pitch, 62 * pitch, 0);
  const below = (level) => under + falls[level];
  chains.forEach((chain, index) => {
    const lane = chain.lane === "gate" ? below(chain.level) : above(chain.level);
    wideChain(sheet, chain, lane, columns.sides[index]);
  });
  wideMerges(sheet, gates, below(0) + 14 * pitch, width);
  const deepest = falls.length - 1;
  let bottom = gates.length ? below(deepest) + Math.max(28 * pitch, beneath[deepest] / 2 + PAD) : under;
  if (fault !== null) {
    const crowded = gates.some((chain) => chain.to === fault);
    const lowest = wideFault(
      sheet,
      data.fault.message,
      crowded ? below(0) + 30 * pitch : rail + 27 * pitch,
      crowded,
      width,
    );
    bottom = Math.max(bottom, lowest + 7 * pitch);
  }
  return sheet.result("wide", width, bottom);
}

/**
 * Draw the rail under the lane: each tensor's shape, from the operation that produces it to the last that uses it.
 */
function wideRail(sheet, y, width, pitch, gates) {
  const { graph, size, small, widthOf } = sheet;
  const { main, fault } = graph;
  const crossed = new Set(gates.flatMap((chain) => [chain.from, chain.to])); // crossed by the arms of a gate
  const clear = (index) => (crossed.has(index) ? 22 * size : 5);
  const expressions = [];
  for (const { from, to, shape, changed } of spans(main)) {
    const [first, last] = [sheet.boxAt(from), sheet.boxAt(to)];
    const left = from || crossed.has(0) ? first.cx + clear(from) : first.x;
    const right = to < main.length - 1 ? last.cx - clear(to) : last.x + last.w;
    const centre = (left + right) / 2;
    if (shape) {
      const room = widthOf(shape, small, 650) / 2 + 7 * size;
      const bar = (start, end) => `M${rounded(start)} ${rounded(y)}H${rounded(end)}`;
      const tick = (at) => `M${rounded(at)} ${rounded(y - 5 * size)}v${rounded(10 * size)}`;
      const d = tick(left) + bar(left, centre - room) + bar(centre + room, right) + tick(right);
      sheet.lines.push({ kind: "rail", d });
    }
    sheet.shape(shape, { x: centre, y: y + small * 0.36, anchor: "middle" }, { changed, clash: fault === to });
    for (let index = from; index < to; index += 1) {
      const text = sheet.gradients[`${main[index].id}<-${main[index + 1].id}`];
      if (!text) continue;
      const middle = to - from > 1 ? (sheet.boxAt(index).cx + sheet.boxAt(index + 1).cx) / 2 : centre;
      expressions.push({ text, w: widthOf(text, 17 * size, 400, "serif"), centre: middle });
    }
  }
  const rows = stagger(expressions, width);
  const row = (index) => y + (27 + 24 * index) * pitch;
  for (const each of expressions) sheet.gradient(each.text, { x: each.x, y: row(each.row) }, 17 * size);
  return row(rows - 1);
}

/**
 * Place a chain on its arch: out of the main lane, along its own with its operations evenly spaced on the flat part,
 * and back. `radiusOf` computes the arch's radius from its span and the total length of its operations. Returns the
 * edges.
 */
function placeChain(sheet, axes, chain, lane, pieces, head, radiusOf) {
  const { u, middle, length, v, lane: across, breadth, outward } = axes;
  const { graph, size, boxes } = sheet;
  const [start, end] = [sheet.boxAt(chain.from), sheet.boxAt(chain.to)];
  const edgeOf = (box) => box[across] + outward[chain.lane] * (box[breadth] / 2 + 2);
  const leaves = chain.from > 0; // it leaves from a dot on the edge after an operation; x itself needs none
  const source = leaves
    ? { u: start[u] + start[length] + BEHIND * size, v: start[across] }
    : { u: start[middle], v: edgeOf(start) };
  const target = { u: end[middle], v: edgeOf(end) };
  if (leaves) {
    const [x, y] = axes === WIDE ? [source.u, source.v] : [source.v, source.u];
    sheet.lines.push({ kind: `dot ${chain.lane}`, d: `M${rounded(x)} ${rounded(y)}h0` });
  }
  const reach = target.u - source.u;
  const total = sum(pieces.map((each) => each[length]));
  const radius = radiusOf(reach, total);
  const gap = (reach - 2 * radius - total) / (pieces.length + 1);
  let at = source.u + radius + gap;
  pieces.forEach((piece, index) => {
    const along = { [u]: at, [middle]: at + piece[length] / 2 };
    boxes.set(chain.ops[index].id, { ...piece, ...along, [v]: lane - piece[breadth] / 2, [across]: lane });
    at += piece[length] + gap;
  });
  const wide = axes === WIDE;
  const made = chainEdges(chain, { main: graph.main, boxes, lane, source, target, radius, wide, head });
  sheet.edges.push(...made);
  return made;
}

/** Draw a shortcut above the main lane or a gate below it. */
function wideChain(sheet, chain, lane, pieces) {
  const { graph, size, small, widthOf } = sheet;
  const { main, byId, fault } = graph;
  const gate = chain.lane === "gate";
  const shapes = [main[chain.from], ...chain.ops].map(({ shape }) =>
    shape ? widthOf(shape, small, 650) + 24 * size : 26,
  );
  const made = placeChain(sheet, WIDE, chain, lane, pieces, (gate ? 11 : 15) * size, (reach, total) => {
    const broad = Math.min(150 * size, reach * 0.24);
    return Math.max(SHARPEST, Math.min(broad, (reach - total - sum(shapes)) / 2));
  });

  const said = new Set();
  made.forEach((edge, index) => {
    const node = byId.get(edge.from);
    const [from, to] = edge.flat;
    const clash = fault === chain.to && index === made.length - 1;
    const outer = { x: (from + to) / 2, y: lane - 10 * size, anchor: "middle" };
    const inner = { ...outer, y: lane + (gate ? 19 : 21) * size };
    const expression = sheet.gradients[edge.key];
    if (!chain.ops.length) {
      const text = chain.label?.title;
      if (text)
        sheet.texts.push({ ...outer, text, size: 17 * size, kind: "label", when: expression ? "forward" : null });
      sheet.gradient(expression, outer, 19 * size);
      sheet.shape(chain.label?.shape ?? node.shape, inner, { clash });
      return;
    }
    const fits = node.shape && to - from > widthOf(node.shape, small, 650) + 8;
    if (fits || !said.has(node.shape))
      sheet.shape(node.shape, outer, { clash, changed: index === 0 || sheet.changes(node) });
    said.add(node.shape);
    // An expression too long for its edge ends before the next operation and extends back under the arch.
    const long = expression && widthOf(expression, 17 * size, 400, "serif") > to - from - 8 * size;
    sheet.gradient(expression, long ? { ...inner, x: to - 4 * size, anchor: "end" } : inner, 17 * size);
  });
}

function wideMerges(sheet, gates, low, width) {
  const { graph, size, small, widthOf } = sheet;
  graph.main.forEach((node, index) => {
    if (!MERGES.has(node.kind) || node.title.length < 2) return;
    const box = sheet.boxAt(index);
    if (!gates.some((chain) => chain.to === index)) {
      sheet.merge(node, { x: box.cx, y: box.cy + box.h / 2 + 17 * size, anchor: "middle" });
      return;
    }
    // A gate's arm comes from below: the name stands next to the circle, or down at the gate if it is too long.
    const x = box.cx + box.w * 0.42;
    const w = widthOf(node.title, small);
    const next = index < graph.main.length - 2 ? sheet.boxAt(index + 1).x : width - PAD;
    if (x + w < next) sheet.merge(node, { x, y: box.cy - box.h / 2 - 2 * size });
    else sheet.merge(node, { x: Math.min(x, width - PAD - w), y: low });
  });
}

function wideFault(sheet, text, first, crowded, width) {
  const { graph, size, widthOf } = sheet;
  const box = sheet.boxAt(graph.fault);
  const big = 17 * size;
  const room = crowded ? Math.max(170, width - box.cx - 24 * size) : Math.min(width - 2 * PAD, 640 * size);
  const lines = wrap(text, room, (part) => widthOf(part, big, 650));
  const widest = Math.max(...lines.map((line) => widthOf(line, big, 650)));
  const wanted = crowded ? box.cx + 14 * size : box.cx - widest / 2;
  sheet.message(lines, Math.min(Math.max(PAD, wanted), width - PAD - widest), first, big);
  if (!crowded) {
    const named = graph.main[graph.fault].title.length > 1 ? 23 : 4;
    const top = box.cy + box.h / 2 + named * size;
    sheet.lines.push({ kind: "leader", d: `M${rounded(box.cx)} ${rounded(top)}V${rounded(first - big)}` });
  }
  return first + (lines.length - 1) * big * 1.25;
}

/**
 * Try the largest text that fits, then titles in two lines, then tighter spacing, before giving up on the wide
 * layout.
 */
export function wide(data, graph, width, unit, widthOf) {
  const pitch = Math.max(1, Math.min(1.2, width / 900) * unit);
  for (const [limit, dense] of [
    [170, 1],
    [110, 1],
    [84, 1],
    [84, 0.65],
    [62, 0.65],
  ])
    for (let size = pitch; size >= 1; size -= 0.02) {
      const found = wideAt(data, graph, width, { size, pitch, limit: limit * size, dense }, widthOf);
      if (found) return found;
    }
  return null;
}

/** Amounts by which every edge is lengthened until no texts overlap; no block needs more than the last. */
const STRETCHES = [0, 12, 24, 36, 48, 60];

function tall(data, graph, full, unit, widthOf) {
  let sheet;
  for (const stretch of STRETCHES) {
    sheet = tallAt(data, graph, full, unit, widthOf, stretch);
    if (!sheet.crowded) break;
  }
  return sheet.result("tall", full, sheet.bottom);
}

/** Return the tall layout with every edge of the main lane lengthened by `stretch`, at text size 1. */
function tallAt(data, graph, full, unit, widthOf, stretch) {
  const { main, chains, fault } = graph;
  const width = Math.min(full, 620 * unit);
  const shift = (full - width) / 2;
  const { size, cards, side, column, gates, shortcuts } = tallColumns(graph, width, unit, widthOf);
  const sheet = new Sheet(data, graph, size, widthOf);
  const cx = shift + PAD + sum(gates) + column / 2;
  const right = shift + width - PAD;
  const big = 16 * size;
  const message =
    fault === null ? [] : wrap(data.fault.message, right - cx - 18 * size, (part) => widthOf(part, big, 650));

  const gaps = tallGaps(sheet, cards, side, message.length * big * 1.25).map((gap) => gap + stretch * size);
  let y = PAD;
  main.forEach((node, index) => {
    sheet.boxes.set(node.id, { ...cards[index], x: cx - cards[index].w / 2, y, cx, cy: y + cards[index].h / 2 });
    y += cards[index].h + (gaps[index] ?? 0);
  });
  const ends = (index) => {
    const [before, next] = [sheet.boxAt(index - 1), sheet.boxAt(index)];
    return { start: { x: cx, y: before.y + before.h + 2 }, end: { x: cx, y: next.y - next.lip - 2 }, angle: 90 };
  };
  sheet.straight(ends, 10 * size);
  main.slice(0, -1).forEach((node, index) => {
    const { start, end } = ends(index + 1);
    const expression = sheet.gradients[`${node.id}<-${main[index + 1].id}`];
    const middle = (index === fault ? end.y - 17 * size : (start.y + end.y) / 2) + sheet.small * 0.36;
    const place = { x: cx + 10 * size, y: middle - (expression ? 11 * size : 0) };
    sheet.shape(node.shape, place, { changed: index === 0 || sheet.changes(node), clash: fault === index + 1 });
    sheet.gradient(expression, { ...place, y: middle + 12 * size }, big);
  });

  for (const chain of chains) {
    const { level, ops } = chain;
    const reach = ops.length ? Math.max(...ops.map((op) => side.get(op).w)) / 2 : 10 * size;
    const atLeft = shift + PAD + sum(gates.slice(level + 1)) + gates[level] / 2 - 6;
    const atRight = right - sum(shortcuts.slice(level + 1)) - reach;
    tallChain(sheet, chain, chain.lane === "gate" ? atLeft : atRight, side, cx + column / 2, full);
  }
  main.forEach((node, index) => {
    const box = sheet.boxAt(index);
    const named = MERGES.has(node.kind) && node.title.length > 1;
    if (named) sheet.merge(node, { x: cx + box.w / 2 + 7 * size, y: box.cy + 21 * size });
    if (index === fault) sheet.message(message, cx + 14 * size, box.y + box.h + (named ? 24 : 16) * size, big);
  });
  sheet.bottom = y + PAD;
  return sheet;
}

/** Try titles in more lines, then tighter spacing, then, where a single number is too wide, smaller text. */
function tallColumns(graph, width, unit, widthOf) {
  for (let size = Math.max(1, Math.min(1.15, width / 480) * unit); ; size *= 0.95)
    for (const dense of [1, 0.5])
      for (let share = 1; share > 0.5; share -= 0.05) {
        const found = tallColumnsAt(graph, width, { size, dense, share }, widthOf);
        if (found) return found;
      }
}

/**
 * Lay out gates, main lane and shortcuts side by side: return the main lane's `cards`, the chains' cards by
 * operation, and the widths of the main lane and of each level of `gates` and `shortcuts`, innermost first; null if
 * they do not fit.
 */
function tallColumnsAt({ main, chains }, width, { size, dense, share }, widthOf) {
  const gated = chains.some((chain) => chain.lane === "gate");
  const third = Math.max(82, width / 3 - 26 * size);
  const cut = (op, limit) => card(op, { size, limit: limit * share, form: "line", widthOf, dense });
  const cards = main.map((node) => cut(node, gated ? third : 150 * size));
  const side = new Map(chains.flatMap(({ ops }) => ops.map((op) => [op, cut(op, gated ? third : 116 * size)])));
  const levels = (lane, widthOfChain) => {
    const widths = [];
    for (const { level, ops } of chains.filter((chain) => chain.lane === lane))
      widths[level] = Math.max(widths[level] ?? 0, widthOfChain(Math.max(0, ...ops.map((op) => side.get(op).w))));
    return widths;
  };
  const gates = levels("gate", (widest) => Math.max(70 * size, widest) + 14);
  const shortcuts = levels("shortcut", (widest) => (widest ? widest + 12 * size : 26 * size));
  const column = Math.max(...cards.map((each) => each.w));
  const fits = 2 * PAD + sum(gates) + column + sum(shortcuts) <= width;
  return fits ? { size, cards, side, column, gates, shortcuts } : null;
}

const tallRadius = (chain, size) => (chain.ops.length ? 30 : 60) * size;

/**
 * Return the lengths of the main lane's edges, with room for shapes, expressions, a message, and what the chains
 * carry.
 */
function tallGaps({ graph, size, gradients }, cards, side, message) {
  const { main, chains, fault } = graph;
  const leaves = new Set(chains.filter((chain) => chain.from > 0).map((chain) => chain.from));
  const gaps = main.slice(1).map((next, index) => {
    const expression = gradients[`${main[index].id}<-${next.id}`] ? 24 * size : 0;
    const usual = (leaves.has(index) ? 50 : 36) * size + expression + cards[index + 1].lip;
    return index === fault ? Math.max(usual, message + 20 * size + 10) : usual;
  });
  for (const chain of chains.filter((each) => each.ops.length)) {
    const { from, to, ops } = chain;
    const needed = 2 * tallRadius(chain, size) + sum(ops.map((op) => side.get(op).h)) + 46 * size * (ops.length + 1);
    widen(gaps, from, to, needed - reachOf(TALL, chain, cards, gaps, size));
  }
  return gaps;
}

/** Draw a shortcut to the right of the main lane or a gate to its left. */
function tallChain(sheet, chain, lane, side, edgeOfColumn, full) {
  const { graph, size, small } = sheet;
  const { byId, fault } = graph;
  const gate = chain.lane === "gate";
  const pieces = chain.ops.map((op) => side.get(op));
  const made = placeChain(sheet, TALL, chain, lane, pieces, (gate ? 10 : 14) * size, (reach, total) => {
    const broad = Math.max(tallRadius(chain, size), reach * 0.12);
    return Math.max(12, Math.min(broad, (reach - total) / (2 * pieces.length + 4)));
  });

  made.forEach((edge, index) => {
    const node = byId.get(edge.from);
    const clash = fault === chain.to && index === made.length - 1;
    const expression = sheet.gradients[edge.key];
    if (!chain.ops.length) {
      const place = { x: lane - 12 * size, anchor: "end" };
      sheet.settle(edge.flat, full, [(y) => tallLabel(sheet, chain, { ...place, y }, edgeOfColumn, expression, clash)]);
      return;
    }
    const place = gate ? { x: lane, anchor: "middle" } : { x: lane - 10 * size, anchor: "end" };
    const changed = index === 0 || sheet.changes(node);
    const write = (lines) => (middle) => {
      const lower = lines.length * 10 * size;
      const y = middle + small * 0.36 - lower;
      sheet.shape(node.shape, { ...place, y }, { clash, changed });
      for (const [row, line] of lines.entries())
        sheet.gradient(line, { ...place, y: y + (row + 1) * 20 * size + 2 }, 16 * size);
    };
    const factors = expression?.split(/ (?=·)/) ?? [];
    sheet.settle(edge.flat, full, [write(expression ? [expression] : []), write(factors)]);
  });
}

/** Write the label of a shortcut without operations, between the main lane and the arch. */
function tallLabel(sheet, chain, place, edgeOfColumn, expression, clash) {
  const { graph, size, widthOf } = sheet;
  const big = 16 * size;
  const leading = big * 1.25;
  const room = place.x - edgeOfColumn - 8 * size;
  const label = chain.label?.title ? wrap(chain.label.title, room, (part) => widthOf(part, big, 650)) : [];
  const half = (label.length * leading) / 2;
  label.forEach((text, index) => {
    const y = place.y - half + index * leading;
    sheet.texts.push({ ...place, y, text, size: big, kind: "label", when: expression ? "forward" : null });
  });
  sheet.gradient(expression, { ...place, y: place.y - leading * 0.3 }, big);
  sheet.shape(
    chain.label?.shape ?? graph.main[chain.from].shape,
    { ...place, y: place.y + half + 6 * size },
    { clash },
  );
}

/** Return the whole layout for a container of this width; `unit` is the theme's text size divided by 17 px. */
export function blockLayout(data, width, unit, widthOf) {
  const graph = lanes(data);
  return (width >= 640 && wide(data, graph, width, unit, widthOf)) || tall(data, graph, width, unit, widthOf);
}
