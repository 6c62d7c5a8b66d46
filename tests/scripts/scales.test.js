import assert from "node:assert/strict";
import test from "node:test";
import { measured, power, scientific } from "../../resnet_edu/ui/components/scales.js";

test("measurements that JSON has no numbers for come as texts", () => {
  assert.deepEqual(["nan", "inf", "-inf", 0.5].map(measured), [NaN, Infinity, -Infinity, 0.5]);
});

test("numbers are written as people write them", () => {
  assert.deepEqual([0.25, 1234.4, 0.00012, 123456, 0, NaN, -Infinity].map(scientific), [
    "0.25",
    "1234",
    "1.2×10⁻⁴",
    "1.2×10⁵",
    "0",
    "NaN",
    "−∞",
  ]);
  assert.equal(power(-12), "10⁻¹²");
});
