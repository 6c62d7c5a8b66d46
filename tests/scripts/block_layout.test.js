import assert from "node:assert/strict";
import test from "node:test";
import { blockLayout } from "../../resnet_edu/ui/shared/block_layout.js";

const WIDTHS = [320, 358, 480, 640, 700, 860, 1000, 1242, 1600];

const widthOf = (text, size) => 0.55 * size * text.length;

const operation = (id, inputs, lane, kind = "conv") => {
  const title = { conv: "3×3 conv, 128", norm: "BN", activation: "ReLU" }[kind] ?? "";
  return { id, kind, title, detail: "147,456", note: "stride 2", inputs, lane, shape: "128×28×28", dashed: false };
};

/** A chain of alternating operations from `from` on. */
const path = (lane, from, count) =>
  Array.from({ length: count }, (_, index) =>
    operation(
      `${lane}${index}`,
      [index ? `${lane}${index - 1}` : from],
      lane,
      ["conv", "norm", "activation"][index % 3],
    ),
  );

const block = (main, shortcut, gate, from = "x") => {
  const paths = [path("main", "x", main), path("shortcut", from, shortcut), path("gate", "x", gate)];
  const ends = paths.map((each) => each.at(-1)?.id ?? from);
  return {
    nodes: [
      operation("x", [], "main", "input"),
      ...paths.flat(),
      operation("add", gate ? ends : ends.slice(0, 2), "main", "add"),
      operation("y", ["add"], "main", "output"),
    ],
    labels: { out: "y" },
    shortcut: { title: "identity", shape: "64×56×56", dashed: false },
    fault: null,
    backward: null,
  };
};

const overlaps = ({ boxes, width, height }) => {
  const all = [...boxes].map(([id, { x, y, w, h, lip }]) => ({ id, left: x, right: x + w, top: y - lip, low: y + h }));
  const out = all.filter(({ left, right, top, low }) => left < 0 || top < 0 || right > width || low > height);
  const over = all.flatMap((one, index) =>
    all
      .slice(0, index)
      .filter((two) => one.left < two.right && two.left < one.right && one.top < two.low && two.top < one.low)
      .map((two) => `${one.id} over ${two.id}`),
  );
  return [...out.map(({ id }) => `${id} out of the drawing`), ...over];
};

for (const [name, data] of [
  ["a gate of five operations beside one", block(1, 0, 5)],
  ["a shortcut of six operations over two", block(2, 6, 0)],
  ["a gate and a shortcut of three operations each", block(3, 3, 3)],
  ["a shortcut that leaves behind an operation", block(4, 4, 0, "main0")],
  ["a shortcut beside ten operations", block(10, 2, 0)],
])
  test(`no two boxes overlap: ${name}`, () => {
    for (const width of WIDTHS) assert.deepEqual(overlaps(blockLayout(data, width, 1, widthOf)), [], `${width} px`);
  });

test("two operations that share a place are found", () => {
  const layout = blockLayout(block(2, 2, 0), 1242, 1, widthOf);
  layout.boxes.set("main1", layout.boxes.get("main0"));
  assert.ok(overlaps(layout).includes("main1 over main0"));
});
