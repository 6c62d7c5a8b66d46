import assert from "node:assert/strict";
import { test } from "node:test";

import { block, convolved } from "../../resnet_edu/ui/block/row_of_numbers.js";

test("zeros stand outside of a row", () => {
  assert.deepEqual(convolved([1, 2, 3], [1, 10, 100]), [210, 321, 32]);
});

test("with weights of zero a block gives what came in, and its ReLU what is not negative", () => {
  const { residual, sum, output } = block([1, -2, 3], [4, 5, 6], [0, 0, 0]);
  assert.deepEqual(residual, [0, 0, 0]);
  assert.deepEqual(sum, [1, -2, 3]);
  assert.deepEqual(output, [1, 0, 3]);
});

test("F(x) is added number by number", () => {
  const { conv1, relu1, residual, sum } = block([1, -2, 3], [0, 1, 0], [0, 2, 0]);
  assert.deepEqual(conv1, [1, -2, 3]);
  assert.deepEqual(relu1, [1, 0, 3]);
  assert.deepEqual(residual, [2, 0, 6]);
  assert.deepEqual(sum, [3, -2, 9]);
});
