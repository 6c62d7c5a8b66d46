import assert from "node:assert/strict";
import test from "node:test";
import { held, slider } from "../../resnet_edu/ui/components/slider.js";

/** A component with one slider, as Python and the hand see it. */
function component(given, how = {}) {
  const [root, input, told] = [{}, { labels: [{}] }, []];
  let drawn;
  const render = (value) => {
    const depth = held(root, "depth", value);
    const draw = () => {
      drawn = depth.value;
    };
    slider(input, depth, { draw, tell: (each) => told.push(each), ...how });
    draw();
  };
  render(given);
  const move = (value) => {
    input.value = value;
    input.oninput();
  };
  return { input, told, render, move, drawn: () => drawn };
}

test("every move is drawn and Python hears of the last", () => {
  const { input, told, move, drawn } = component(20);
  move(21);
  move(22);
  assert.equal(drawn(), 22);
  assert.deepEqual(told, []);
  input.onchange();
  assert.deepEqual(told, [22]);
});

test("what Python knew before does not move the slider back", () => {
  const { input, render, move, drawn } = component(20);
  move(30);
  render(20);
  assert.equal(drawn(), 30);
  input.onchange();
  render(20);
  assert.deepEqual([drawn(), input.value], [30, 30]);
  render(30);
  render(44);
  assert.deepEqual([drawn(), input.value], [44, 44]);
});

test("a new value of Python's waits for the hand to let go", () => {
  const { input, render, move, drawn } = component(20);
  move(30);
  render(56);
  assert.equal(drawn(), 30);
  input.onchange();
  render(30);
  assert.equal(drawn(), 30);
});

test("a slider that came back to what Python knows follows the next link", () => {
  const { input, render, move, drawn } = component(20);
  move(30);
  move(20);
  input.onchange();
  render(56);
  assert.equal(drawn(), 56);
});

test("a cancelled drag is taken back", () => {
  const { input, told, move, drawn } = component(20);
  input.onpointerdown();
  move(30);
  input.onpointercancel();
  assert.deepEqual([drawn(), input.value, told], [20, 20, []]);
});

test("a drag that ended is not taken back", () => {
  const { input, move, drawn } = component(20);
  input.onpointerdown();
  move(30);
  input.onchange();
  input.onpointercancel();
  assert.equal(drawn(), 30);
});

test("positions stand for values", () => {
  const depths = [8, 14, 20];
  const { input, told, move } = component(14, {
    read: (at) => depths[at],
    place: (depth) => depths.indexOf(depth),
    label: "Depth",
  });
  assert.deepEqual([input.value, input.labels[0].textContent], [1, "Depth"]);
  move(2);
  input.onchange();
  assert.deepEqual(told, [20]);
});

test("a value whose choices are gone follows Python", () => {
  const root = {};
  const unit = held(root, "unit", 3);
  unit.value = 7;
  unit.tell(() => {});
  unit.follow(1);
  assert.equal(held(root, "unit", 1).value, 1);
  assert.equal(held(root, "unit", 2).value, 2);
});

test("a row of key presses is one movement", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { input, told, move } = component(20);
  for (const value of [21, 22, 23]) {
    input.onkeydown();
    move(value);
    input.onchange();
    context.mock.timers.tick(300);
  }
  assert.deepEqual(told, []);
  context.mock.timers.tick(400);
  assert.deepEqual(told, [23]);
  input.onpointerdown();
  move(30);
  input.onchange();
  assert.deepEqual(told, [23, 30]);
});

test("what a hand lets go is told once, also right after key presses", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { input, told, move } = component(20);
  input.onkeydown();
  move(21);
  input.onchange();
  input.onpointerdown();
  move(40);
  input.onchange();
  context.mock.timers.tick(1000);
  assert.deepEqual(told, [40]);
});
