import assert from "node:assert/strict";
import test from "node:test";
import { line } from "../../resnet_edu/ui/components/line.js";

test("what an earlier run says goes on in the language of the latest", () => {
  const element = {};
  const say = line(element, { read: "{done} read" });
  say((words) => words.read.replace("{done}", 1));
  assert.equal(element.textContent, "1 read");
  line(element, { read: "已读 {done}" });
  assert.equal(element.textContent, "已读 1");
  say((words) => words.read.replace("{done}", 2));
  assert.equal(element.textContent, "已读 2");
  say();
  assert.equal(element.textContent, "");
});
