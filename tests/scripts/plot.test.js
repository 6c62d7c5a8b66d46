import assert from "node:assert/strict";
import test from "node:test";
import { onResize, Plot, polyline } from "../../resnet_edu/ui/components/plot.js";

test("values stand within the margins", () => {
  const svg = { clientWidth: 500, clientHeight: 0, replaceChildren() {} };
  const margin = { left: 40, right: 10, top: 5, bottom: 25 };
  const plot = new Plot(svg, margin, { x: (value) => value / 9, y: (value) => value, size: [1, 200] });
  assert.deepEqual([plot.x(0), plot.x(9), plot.y(0), plot.y(1)], [40, 490, 175, 5]);
});

test("a line breaks where there is no number", () => {
  const points = [
    [0, 1],
    [1, Number.NaN],
    [2, 3],
    [3, 4],
  ];
  assert.equal(polyline(points), "M0.0 1.0M2.0 3.0L3.0 4.0");
});

test("another width is drawn once, and only the last drawing is asked", (context) => {
  const observers = [];
  class Observer {
    constructor(changed) {
      Object.assign(this, { changed, on: false });
      observers.push(this);
    }
    observe() {
      this.on = true;
    }
    disconnect() {
      this.on = false;
    }
  }
  globalThis.ResizeObserver = Observer;
  context.after(() => {
    delete globalThis.ResizeObserver;
  });
  const [root, svg, draw] = [{}, { clientWidth: 300 }, context.mock.fn()];
  onResize(root, [svg], () => {});
  const end = onResize(root, [svg], draw);
  observers[1].changed();
  svg.clientWidth = 400;
  observers[1].changed();
  observers[1].changed();
  assert.equal(draw.mock.callCount(), 1);
  assert.deepEqual([observers[0].on, observers[1].on], [false, true]);
  end();
  assert.equal(observers[1].on, false);
});
