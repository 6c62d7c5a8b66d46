import assert from "node:assert/strict";
import test from "node:test";
import { shares, standing } from "../../resnet_edu/ui/hall/card.js";
import { connect, fill, liveAddress, pause } from "../../resnet_edu/ui/hall/client.js";
import { asks, pageOf } from "../../resnet_edu/ui/hall/lead.js";
import { answerable, figuresLink, hear, opensItself, shared, spread } from "../../resnet_edu/ui/hall/phone.js";
import { frameCode, shareLink } from "../../resnet_edu/ui/hall/share_link.js";
import { linkTo } from "../../resnet_edu/ui/shared/keep.js";

const ANSWERS = [
  { id: "a", text: "Yes" },
  { id: "b", text: "No" },
];
const LABELS = {
  your_answer: "Yours: {answer}",
  talk: "Talk",
  closed_answered: "Closed: {answer}",
  closed_unanswered: "Closed",
  late: "Late",
  late_answered: "Late, counts: {answer}",
  between: " ",
};

test("tries become rarer, and phones of a hall don't try at the same moment", () => {
  const waits = [0, 1, 2, 3, 4, 20].map((tries) => pause(tries, 1));
  assert.deepEqual(
    waits,
    [...waits].sort((one, other) => one - other),
  );
  assert.ok(waits.at(-1) <= 8000);
  assert.ok(pause(3, 0) < pause(3, 1));
});

test("a phone is told how its answer stands", () => {
  const asked = { round: 1, open: true, answers: ANSWERS };
  assert.equal(standing(asked, undefined, LABELS), "");
  assert.equal(standing(asked, "b", LABELS), "Yours: No");
  assert.equal(standing({ ...asked, round: 2 }, undefined, LABELS), "Talk");
  assert.equal(standing({ ...asked, open: false }, "a", LABELS), "Closed: Yes");
  assert.equal(standing({ ...asked, open: false }, undefined, LABELS), "Closed");
});

test("an answer on its way belongs to its question and round alone", () => {
  const sent = { question: "q", round: 2, answer: "b" };
  const own = { "q 1": "a", "q 2": "a" };
  const isLate = false;
  assert.deepEqual(answerable({ id: "q", round: 2 }, { own, sent }), { own: "a", sent: "b", isLate });
  assert.deepEqual(answerable({ id: "q", round: 1 }, { own, sent }), { own: "a", sent: undefined, isLate });
  assert.deepEqual(answerable({ id: "other", round: 2 }, { own, sent }), { own: undefined, sent: undefined, isLate });
});

test("a phone is told that its answer came too late, and which one counts, until it answers again", () => {
  const late = { question: "q", round: 1, answer: "b" };
  const answers = { own: {}, counts: {}, sent: late };
  const asked = { id: "q", round: 1, open: false, answers: ANSWERS };
  const told = (about) => {
    const { own, isLate } = answerable(about, answers);
    return standing(about, own, LABELS, isLate);
  };
  hear(answers, { late, own: { question: "q", count: "0", rounds: { 1: "a" } } });
  assert.equal(answers.sent, undefined);
  assert.equal(told(asked), "Late, counts: Yes");
  assert.equal(told({ ...asked, round: 2, open: true }), "Late Talk");
  hear(answers, { voted: { question: "q", round: 2, answer: "b" } });
  assert.equal(told({ ...asked, round: 2, open: true }), "Yours: No");
  hear(answers, { late: { ...late, question: "other" }, own: { question: "other", count: "0", rounds: {} } });
  assert.equal(told({ ...asked, id: "other" }), "Late Closed");
});

test("answers of an earlier count, before a reset or a restart, are no longer shown", () => {
  const answers = { own: {}, counts: {} };
  const own = { question: "q", count: "born 0", rounds: { 1: "a", 2: "b" } };
  hear(answers, { state: { asked: { id: "q", count: "born 0" } } });
  hear(answers, { own });
  hear(answers, { own: { ...own, question: "other" } });
  hear(answers, { state: { asked: { id: "q", count: "born 0" } } });
  assert.equal(Object.keys(answers.own).length, 4);
  assert.equal(hear(answers, { state: { asked: { id: "q", count: "born 1" } } }), true, "asks which of them counts");
  assert.deepEqual(answers.own, { "other 1": "a", "other 2": "b" });
  hear(answers, { own: { question: "other", count: "again 0", rounds: { 2: "a" } } });
  assert.deepEqual(answers.own, { "other 2": "a" });
});

test("an answer still on its way gives way to one that another tab has had counted", () => {
  const sent = { question: "q", round: 1, answer: "a" };
  const answers = { own: {}, counts: {}, sent };
  hear(answers, { voted: { ...sent, round: 2 }, elsewhere: true });
  assert.equal(answers.sent, sent);
  hear(answers, { voted: { ...sent, answer: "b" }, elsewhere: true });
  assert.equal(answers.sent, undefined);
  assert.equal(answers.own["q 1"], "b");
});

test("an answer counted since a reset that the phone hears of later comes back", () => {
  const answers = { own: {}, counts: {} };
  assert.equal(hear(answers, { state: { asked: { id: "q", count: "born 0" } } }), false);
  hear(answers, { voted: { question: "q", round: 1, answer: "b" } });
  assert.equal(hear(answers, { state: { asked: { id: "q", count: "born 1" } } }), true);
  assert.equal(hear(answers, { own: { question: "q", count: "born 1", rounds: { 1: "b" } } }), false);
  assert.deepEqual(answers.own, { "q 1": "b" });
});

test("shares are of those who answered in the round", () => {
  assert.deepEqual(shares([{ a: 1, b: 3 }, { a: 4 }, {}], "a"), [
    { count: 1, percent: 25 },
    { count: 4, percent: 100 },
    { count: 0, percent: 0 },
  ]);
});

test("a lecturer asks, shows, asks again, and never a third time", () => {
  const labels = (...how) => asks(...how).map(({ label }) => label);
  const asked = { id: "q", round: 1, open: true, revealed: false };
  assert.deepEqual(labels(null, null, 0), []);
  assert.deepEqual(labels({ id: "q" }, null, 0), ["ask"]);
  assert.deepEqual(labels({ id: "next" }, asked, 5), ["ask"]);
  assert.deepEqual(labels(asked, asked, 5), ["reveal", "close_question", "reset"]);
  assert.deepEqual(labels(asked, { ...asked, open: false, revealed: true }, 5), ["cover", "again", "reset"]);
  assert.deepEqual(labels(asked, { ...asked, round: 2, open: false, revealed: true }, 5), ["cover", "reset"]);
  assert.deepEqual(labels(asked, { ...asked, open: false }, 0), ["ask"]);
  const [[{ ask }]] = asks(asked, { ...asked, open: false, revealed: true }, 5)
    .filter(({ label }) => label === "again")
    .map(({ name }) => name);
  assert.deepEqual(ask, { question: "q", round: 2, open: true, revealed: false });
});

test("a place is a page and its setting, without what is the reader's own", () => {
  assert.equal(pageOf("/gradients", "/"), "gradients");
  assert.equal(pageOf("/", "/"), "home");
  assert.equal(pageOf("/course/depth", "/course/"), "depth");
  assert.equal(shared("?lecture=1&stop=x&seen=True&lang=zh&depth=56&preset=paper"), "depth=56&preset=paper");
  assert.equal(figuresLink("/", { page: "depth", query: "nets=plain" }, "zh"), "/depth?nets=plain&lang=zh");
  assert.equal(figuresLink("/", { page: "depth", query: "nets=plain", covered: true }, "en"), "/?lang=en");
  assert.equal(figuresLink("/course/", null, "en"), "/course/?lang=en");
});

test("results that the lecturer has left behind don't cover the page, an open question does", () => {
  assert.ok(opensItself({ open: false, passed: false }));
  assert.ok(opensItself({ open: true, passed: true }));
  assert.ok(!opensItself({ open: false, passed: true }));
});

test("a small hall follows at once, a large one spreads", () => {
  assert.ok(spread(20, 1) <= 1000);
  assert.equal(spread(1000, 0), 0);
  assert.ok(spread(1000, 1) > 10_000);
});

test("what is shared is the setting, and as much around the figure as was asked for", () => {
  const href = "http://host/gradients?lecture=1&stop=x&depth=56#top";
  const whole = { section: "gradients", rest: true, controls: true, texts: true, question: "", language: "en" };
  assert.equal(shareLink(href, whole), "http://host/gradients?depth=56&lang=en&show=gradients");
  assert.equal(
    shareLink(href, { ...whole, rest: false, controls: false, texts: false, question: "q" }),
    "http://host/gradients?depth=56&lang=en&only=gradients&hide=controls%2Ctexts&ask=q",
  );
  const code = frameCode('http://host/?a=1&b="2"', "<Figure>", 400.2);
  assert.match(code, /^<iframe src="http:\/\/host\/\?a=1&amp;b=&quot;2&quot;" title="&lt;Figure>" .*height="401"/);
});

test("sentences keep what they are given no value for", () => {
  assert.equal(fill("{a} of {b}", { a: 0 }), "0 of {b}");
});

/** A browser's side of the connection, with sockets that the test opens, closes and lets speak. */
function browser(context) {
  const sockets = [];
  class Socket {
    static OPEN = 1;
    readyState = 0;
    sent = [];
    constructor() {
      sockets.push(this);
    }
    send(text) {
      this.sent.push(JSON.parse(text));
    }
    open() {
      this.readyState = 1;
      this.onopen();
    }
    say(message) {
      this.onmessage({ data: JSON.stringify(message) });
    }
    close() {
      this.readyState = 3;
      this.onclose?.();
    }
  }
  const page = Object.assign(new EventTarget(), { hidden: false });
  const before = { WebSocket: globalThis.WebSocket, document: globalThis.document, window: globalThis.window };
  Object.assign(globalThis, { WebSocket: Socket, document: page, window: new EventTarget() });
  context.mock.timers.enable({ apis: ["setTimeout"] });
  context.after(() => Object.assign(globalThis, before));
  return { sockets, page };
}

test("an answer survives a lost connection until it is known to be counted", (context) => {
  const { sockets } = browser(context);
  const taken = [];
  let lost = 0;
  const connection = connect(() => "ws://host", { take: (message) => taken.push(message), lost: () => lost++ });
  sockets[0].open();
  const [before, answer] = ["b", "a"].map((each) => ({ question: "q", round: 1, answer: each }));
  connection.vote(before);
  connection.vote(answer);
  sockets[0].say({ voted: before }); // not what the reader has chosen since
  assert.deepEqual(sockets[0].sent, [{ vote: before }, { vote: answer }]);
  sockets[0].close();
  assert.equal(lost, 1);
  context.mock.timers.tick(10_000);
  sockets[1].open();
  assert.deepEqual(sockets[1].sent, [{ vote: answer }]);
  sockets[1].say({ voted: answer });
  sockets[1].close();
  context.mock.timers.tick(10_000);
  sockets[2].open();
  assert.deepEqual(sockets[2].sent, []);
  connection.end();
  context.mock.timers.tick(60_000);
  assert.equal(sockets.length, 3);
});

test("what one tab's answer counts for is heard in the other tabs of the hall", async (context) => {
  const { sockets } = browser(context);
  const voted = { question: "q", round: 1, answer: "a" };
  const tabs = [];
  const heard = new Promise((take) => {
    tabs.push(connect(() => "ws://host/halls/A/live?lang=en", { take, lost: () => {} }));
  });
  const elsewhere = [];
  tabs.push(connect(() => "ws://host/halls/B/live", { take: (message) => elsewhere.push(message), lost: () => {} }));
  const mine = [];
  tabs.push(connect(() => "ws://host/halls/A/live?lang=zh", { take: (message) => mine.push(message), lost: () => {} }));
  sockets[2].say({ voted });
  assert.deepEqual(await heard, { voted, elsewhere: true });
  assert.deepEqual([mine, elsewhere], [[{ voted }], []]);
  for (const tab of tabs) tab.end();
});

test("a phone that has slept asks whether its connection lives, and takes another if it does not", (context) => {
  const { sockets, page } = browser(context);
  const connection = connect(() => "ws://host", { take: () => {}, lost: () => {} });
  sockets[0].open();
  page.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(sockets[0].sent, [{ ping: 1 }]);
  sockets[0].say({ pong: 1 });
  context.mock.timers.tick(10_000);
  assert.equal(sockets.length, 1);
  page.dispatchEvent(new Event("visibilitychange"));
  context.mock.timers.tick(10_000);
  assert.equal(sockets.length, 2);
  connection.end();
});

test("whoever waits for a silent server is told, and again when it is heard", (context) => {
  const { sockets } = browser(context);
  const said = [];
  const quiet = (isQuiet) => said.push(isQuiet);
  const connection = connect(() => "ws://host", { take: () => {}, lost: () => said.push("lost"), quiet });
  sockets[0].open();
  sockets[0].say({ state: {} });
  context.mock.timers.tick(13_000); // nobody does anything
  assert.deepEqual(sockets[0].sent, [{ ping: 1 }]);
  assert.deepEqual(said, []);
  context.mock.timers.tick(4_000);
  assert.deepEqual(said, [true]);
  sockets[0].say({ pong: 1 });
  assert.deepEqual(said, [true, false]);
  connection.vote({ answer: "a" });
  context.mock.timers.tick(5_000);
  assert.deepEqual(said, [true, false, true]);
  sockets[0].close();
  assert.deepEqual(said, [true, false, true, false, "lost"]);
  context.mock.timers.tick(60_000);
  assert.equal(said.length, 5);
  connection.end();
});

test("a hall's websocket is on the page's own server", (context) => {
  const before = globalThis.location;
  globalThis.location = new URL("https://host/course/depth?x=1");
  context.after(() => {
    globalThis.location = before;
  });
  assert.equal(liveAddress("/course/", "K4TX7M", { lang: "en" }), "wss://host/course/halls/K4TX7M/live?lang=en");
});

test("a kept figure names its own section", () => {
  const href = "http://host/beyond?probe=grid&show=tokens&level=C2#tokens";
  assert.equal(linkTo(href, "probes"), "http://host/beyond?probe=grid&show=probes&level=C2");
  assert.equal(linkTo(href, ""), href);
});
