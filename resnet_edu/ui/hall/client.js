// A hall's websocket: reconnects by itself after a network loss, sleep or server restart, and loses no answer.
import { browserMemory } from "../components/memory.js";

const FIRST_MS = 300;
const MOST_MS = 8000;
const SILENT_MS = 4000;
const BEAT_MS = 10_000; // of silence, until the server is asked whether it is there
const STORE = "resnet-edu hall";
const LEADS = "resnet-edu hall led";

const kept = (name) => JSON.parse(browserMemory().getItem(name) ?? "null");
const keep = (name, value) =>
  value ? browserMemory().setItem(name, JSON.stringify(value)) : browserMemory().removeItem(name);

export const joined = () => kept(STORE);
export const keepJoined = (value) => keep(STORE, value);
export const led = () => kept(LEADS);
export const keepLed = (value) => keep(LEADS, value);

/** A sentence with its fields filled in. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => `${values[name] ?? whole}`);
}

/** Whether the server speaks of this answer, not of an earlier one. */
export const isSame = (answer, other) =>
  ["question", "round", "answer"].every((name) => answer?.[name] !== undefined && answer[name] === other?.[name]);

/**
 * How long to wait before the next attempt: longer each time, and not the same for all phones in a hall.
 *
 * @param {number} tries
 * @param {number} chance from 0 to 1
 */
export function pause(tries, chance) {
  return Math.min(MOST_MS, FIRST_MS * 2 ** tries) * (0.5 + chance / 2);
}

/**
 * Stay connected. `take` receives each message, and what other tabs of this browser, which are the same voter, hear of
 * an answer's count; `lost` is called when the connection is lost and will be retried; `quiet` when the server owes an
 * answer for seconds, and when it is heard again.
 *
 * @param {() => string} address
 * @param {{ take: (message: any) => void, lost: () => void, quiet?: (isQuiet: boolean) => void }} listener
 */
export function connect(address, { take, lost, quiet = () => {} }) {
  let socket = /** @type {WebSocket | null} */ (null);
  let timer = 0;
  let tries = 0;
  let ended = false;
  let pending = /** @type {any} */ (null);
  let awaited = 0;
  let owed = 0;
  let beat = 0;
  let isQuiet = false;
  const tabs = new BroadcastChannel(new URL(address()).pathname);
  tabs.onmessage = ({ data }) => {
    const isSuperseded = ["question", "round"].every((name) => pending?.vote[name] === data.voted[name]);
    if (isSuperseded) pending = null;
    take({ ...data, elsewhere: true });
  };

  const setQuiet = (is) => {
    if (is !== isQuiet) quiet(is);
    isQuiet = is;
  };
  const owe = () => {
    clearTimeout(owed);
    owed = setTimeout(() => setQuiet(true), SILENT_MS);
  };
  // Nothing may have happened, or the server may be overloaded: only asking can tell.
  const listen = () => {
    clearTimeout(beat);
    beat = setTimeout(
      () => {
        if (!document.hidden && send({ ping: 1 })) owe();
        listen();
      },
      BEAT_MS * (0.75 + Math.random() / 2),
    );
  };
  const later = () => {
    clearTimeout(timer);
    if (!ended) timer = setTimeout(open, pause(tries++, Math.random()));
  };
  const open = () => {
    clearTimeout(timer);
    const mine = new WebSocket(address());
    socket = mine;
    mine.onopen = () => {
      if (pending) mine.send(JSON.stringify(pending));
    };
    mine.onmessage = ({ data }) => {
      if (mine !== socket) return;
      const message = JSON.parse(data);
      if (message.state) tries = 0;
      for (const timer of [awaited, owed]) clearTimeout(timer);
      setQuiet(false);
      listen();
      if (isSame(pending?.vote, message.voted ?? message.late) || message.no === "message") pending = null;
      if (message.voted) tabs.postMessage({ voted: message.voted });
      if (message.no === "later" && pending) setTimeout(() => pending && send(pending), 1000);
      take(message);
    };
    mine.onclose = () => {
      if (mine !== socket || ended) return;
      clearTimeout(owed);
      setQuiet(false);
      lost();
      later();
    };
  };
  /** Whether it could be sent. */
  const send = (message) => {
    const isOpen = socket?.readyState === WebSocket.OPEN;
    if (isOpen) socket?.send(JSON.stringify(message));
    return isOpen;
  };
  // A phone that wakes up can't tell that its connection is dead, so it asks.
  const wake = () => {
    if (document.hidden || ended) return;
    if (socket?.readyState !== WebSocket.OPEN) return open();
    send({ ping: 1 });
    clearTimeout(awaited);
    awaited = setTimeout(open, SILENT_MS);
  };
  const waking = new AbortController();
  document.addEventListener("visibilitychange", wake, { signal: waking.signal });
  window.addEventListener("online", wake, { signal: waking.signal });
  open();
  listen();
  return {
    send,
    /** Resent after a lost connection until it is known to have been counted. */
    vote(answer) {
      pending = { vote: answer };
      if (send(pending)) owe();
    },
    end() {
      ended = true;
      for (const each of [timer, awaited, owed, beat]) clearTimeout(each);
      waking.abort();
      tabs.close();
      socket?.close();
    },
  };
}

/**
 * The address of a hall's websocket.
 *
 * @param {string} base
 * @param {string} code
 * @param {Record<string, string>} how
 */
export function liveAddress(base, code, how) {
  const url = new URL(`${base}halls/${code}/live?${new URLSearchParams(how)}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}
