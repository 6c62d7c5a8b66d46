import assert from "node:assert/strict";
import test from "node:test";
import { anotherThan } from "../../resnet_edu/ui/components/cameras.js";
import { cut } from "../../resnet_edu/ui/inference/gallery_stream.js";
import { COLOURS, coloured, pieces } from "../../resnet_edu/ui/inference/history.js";
import { Pace } from "../../resnet_edu/ui/inference/pace.js";
import { tileAt } from "../../resnet_edu/ui/inference/stream_maps.js";
import { isSpoken, sentenceOf } from "../../resnet_edu/ui/inference/turn.js";

const rows = (...indices) => indices.map((index) => ({ index, share: 0.1 }));

/** A server that needs `held` for each frame, one after the other, behind a line of `travel` both ways; what is painted. */
function streamed({ held, travel = 0, milliseconds = 4000, every = 16 }) {
  const pace = new Pace();
  const answers = [];
  const ages = [];
  let free = 0;
  for (let now = 0; now < milliseconds; now += every) {
    while (answers.length && answers[0].at <= now) {
      const { at, ...answer } = answers.shift();
      const age = pace.take(answer, now);
      if (age !== null) ages.push(age);
    }
    if (!pace.may(now)) continue;
    pace.send(now);
    const came = now + travel / 2;
    free = Math.max(free, came) + held;
    answers.push({ frame: pace.sent, held: free - came, at: free + travel / 2 });
    assert.ok(pace.flying.size <= 2);
  }
  return { pace, ages, rate: pace.rate(milliseconds) };
}

test("a stream is as fast as its answers and no frame waits for two before it", () => {
  const { rate, ages, pace } = streamed({ held: 100 });
  assert.ok(rate > 0.8 * 10, `${rate} of 10 a second`);
  const old = ages.sort((one, other) => one - other)[Math.floor(0.95 * ages.length)];
  assert.ok(old < 200, `${old} ms`);
  assert.equal(pace.quality, 0.85);
});

test("the rate falls by itself with a slow net", () => {
  assert.ok(streamed({ held: 1000, milliseconds: 20000 }).rate <= 1.05);
});

test("a quick net is sent fewer frames than the server takes from a stream", () => {
  const { rate } = streamed({ held: 1, milliseconds: 20000, every: 1 });
  assert.ok(rate > 30 && rate < 40, `${rate} a second`);
});

test("quality falls on a slow line and comes back on a quick one", () => {
  const { pace } = streamed({ held: 30, travel: 700, milliseconds: 30000 });
  assert.equal(pace.quality, 0.35);
  let now = 30000;
  for (let each = 0; each < 60; each += 1) {
    pace.flying.clear();
    pace.send(now);
    now += 50;
    pace.take({ frame: pace.sent, held: 40 }, now);
  }
  assert.equal(pace.quality, 0.85);
});

test("a server that has been sent frames and answers none is quiet until it answers one", () => {
  const pace = new Pace();
  assert.ok(!pace.isQuiet(60_000));
  pace.send(0);
  for (const now of [1000, 2900]) assert.ok(!pace.isQuiet(now));
  assert.ok(pace.isQuiet(3100));
  assert.ok(pace.may(9000), "the frame is given up");
  pace.send(9000);
  assert.ok(pace.isQuiet(9001));
  pace.take({ frame: 2, held: 5 }, 9500);
  assert.ok(!pace.isQuiet(60_000));
  pace.send(60_000);
  pace.giveUp(); // back in line
  assert.ok(!pace.isQuiet(90_000));
});

test("an answer that is overtaken is not painted, and one that never comes is given up", () => {
  const pace = new Pace();
  pace.send(0);
  pace.send(10);
  assert.equal(pace.take({ frame: 2, held: 5 }, 50), 40);
  assert.equal(pace.take({ frame: 1, held: 5 }, 60), null);
  pace.send(70);
  pace.send(80);
  assert.equal(pace.may(1000), false);
  assert.equal(pace.may(10_000), true);
});

test("after a server that says later nothing goes out for a moment", () => {
  const pace = new Pace();
  pace.send(0);
  assert.equal(pace.take({ frame: 1, held: 5, later: true }, 20), null);
  assert.equal(pace.may(100), false);
  assert.equal(pace.may(1000), true);
});

test("each camera of a desktop is reached, though none says which way it faces, and a phone's other side", () => {
  const cameras = ["a", "b", "c"];
  const next = (used) => anotherThan(used, cameras);
  assert.deepEqual(
    cameras.map((deviceId) => next({ deviceId })),
    ["b", "c", "a"].map((exact) => ({ deviceId: { exact } })),
  );
  assert.deepEqual(next({ deviceId: "b", facingMode: "user" }), {
    facingMode: "environment",
    deviceId: { exact: ["a", "c"] },
  });
});

test("whoever waits is told of turns, or of the lecturer, who has none", () => {
  const standing = { before: 1, left: null, behind_lecturer: false };
  assert.equal(sentenceOf(standing), "before");
  assert.equal(sentenceOf({ ...standing, behind_lecturer: true }), "lecturer");
  assert.equal(sentenceOf({ ...standing, before: 0, left: 0 }), "left");
  assert.equal(sentenceOf({ ...standing, before: 0 }), null);
});

test("of a turn's countdown the start, 30 and 10 seconds are spoken, once each", () => {
  const spoken = (/** @type {number[]} */ shown) =>
    shown.filter((left, at) => isSpoken(at ? shown[at - 1] : null, left));
  const turn = Array.from({ length: 61 }, (_, at) => 60 - at);
  assert.deepEqual(spoken(turn.flatMap((left) => [left, left])), [60, 30, 10]);
  assert.deepEqual(spoken([42, 33, 28, 11, 2]), [42, 28, 2]);
});

test("a class keeps its colour while it is among the five, and no two share one", () => {
  const first = coloured(new Map(), rows(7, 3, 9, 1, 2));
  const next = coloured(first, rows(3, 8, 7, 4, 1));
  for (const index of [3, 7, 1]) assert.equal(next.get(index), first.get(index));
  assert.deepEqual([...next.values()].sort(), COLOURS);
});

test("a line breaks where its class was not among the five, and where nothing was answered", () => {
  const at = (time, ...indices) => ({ at: time, rows: rows(...indices) });
  const history = [at(0, 1, 2), at(100, 1), at(200, 1, 2), at(300, 2), at(9000, 2)];
  const times = (index) => pieces(history, index).map((piece) => piece.map((point) => point.at));
  assert.deepEqual(times(1), [[0, 100, 200]]);
  assert.deepEqual(times(2), [[0], [200, 300], [9000]]);
  assert.deepEqual(times(5), []);
});

test("what is shown of a sample stays within it and changes all the time", () => {
  const shares = Array.from({ length: 50 }, (_, at) => at / 50);
  for (const [width, height] of [
    [640, 480],
    [300, 451],
  ]) {
    const cuts = shares.map((share) => cut(width, height, share));
    for (const { left, top, side } of cuts) {
      assert.ok(left >= 0 && top >= 0 && left + side <= width && top + side <= height);
    }
    assert.equal(new Set(cuts.map((each) => JSON.stringify(each))).size, cuts.length);
  }
});

test("a click finds the tile under it, and none beside them", () => {
  const sheet = { columns: 4, count: 10 }; // three rows, the last of two
  assert.equal(tileAt(0.1, 0.1, sheet), 0);
  assert.equal(tileAt(0.9, 0.5, sheet), 7);
  assert.equal(tileAt(0.3, 0.9, sheet), 9);
  assert.equal(tileAt(0.6, 0.9, sheet), null);
  assert.equal(tileAt(1, 0.5, sheet), null);
});
