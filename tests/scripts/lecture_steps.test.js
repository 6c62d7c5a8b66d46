import assert from "node:assert/strict";
import test from "node:test";
import { atOnce, beginnings, minutesSince } from "../../resnet_edu/ui/shell/lecture_steps.js";

const idle = { typing: false, held: false, overlay: undefined, open: false, digits: "" };
const asks = (key, now = {}, shiftKey = false) => atOnce({ key, shiftKey }, { ...idle, ...now });

test("a remote's keys turn, also where one is typing or a list is open", () => {
  for (const now of [{}, { typing: true }, { held: true }, { open: true }])
    assert.equal(asks("PageDown", now), "PageDown");
});

test("arrows and space turn unless a control was reached by keyboard, a list is open or one is typing", () => {
  for (const key of ["ArrowRight", "ArrowLeft", " "]) {
    assert.equal(asks(key), key);
    for (const now of [{ held: true }, { open: true }, { typing: true }]) assert.equal(asks(key, now), null);
    assert.equal(asks(key, {}, true), null);
  }
});

test("Escape closes what is open first", () => {
  assert.equal(asks("Escape"), "leave");
  assert.equal(asks("Escape", { overlay: "list" }), "close");
  assert.equal(asks("Escape", { digits: "1" }), "forget");
  assert.equal(asks("Escape", { open: true }), null);
  assert.equal(asks("Escape", { typing: true }), null);
});

test("digits and Enter jump; Enter alone belongs to the page", () => {
  assert.equal(asks("7"), "digit");
  assert.equal(asks("7", { typing: true }), null);
  assert.equal(asks("Enter"), null);
  assert.equal(asks("Enter", { digits: "7" }), "jump");
  assert.equal(asks("?", {}, true), "?");
});

test("a stop of two steps stands in the list once, under its chapter", () => {
  const steps = [
    [1, "a", "one", 0],
    [2, "b", "one", 3],
    [2, "b", "one", 3],
    [3, "c", "two", 5],
  ];
  assert.deepEqual(
    beginnings(steps).map(({ step, number, chapter, at }) => [step, number, chapter, at]),
    [
      [0, 1, "one", [0]],
      [1, 2, "", [1, 2]],
      [3, 3, "two", [3]],
    ],
  );
  assert.equal(minutesSince(0, 5), 0);
  assert.equal(minutesSince(60_000, 60_000 * 3.5), 2);
});
