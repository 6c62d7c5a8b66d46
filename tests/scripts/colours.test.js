import assert from "node:assert/strict";
import test from "node:test";
import { diverging, gradientOf, sequential } from "../../resnet_edu/ui/components/colours.js";

test("signed maps end in the palette's colours, wherever they are drawn", () => {
  assert.deepEqual(diverging(1), [0, 114, 178]);
  assert.deepEqual(diverging(-7), [213, 94, 0]);
  assert.deepEqual(diverging(0), [255, 255, 255]);
  assert.equal(gradientOf(true), "linear-gradient(to right, rgb(213 94 0), rgb(255 255 255), rgb(0 114 178))");
});

test("maps that are never negative go from dark to light", () => {
  const brightness = (share) => sequential(share).reduce((sum, channel) => sum + channel);
  const steps = Array.from({ length: 101 }, (_, index) => brightness(index / 100));
  assert.deepEqual(
    steps,
    steps.toSorted((a, b) => a - b),
  );
  assert.deepEqual(sequential(2), sequential(1));
});
