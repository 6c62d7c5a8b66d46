// The bar of lecture mode: where the lecture is, and the keys that lead through it. The server knows the steps; this
// script turns keys, clicks and what the speaker's window asks for into the number of the step to go to.
import { tabMemory } from "../components/memory.js";
import { keepWhole } from "./lecture_fit.js";
import { atOnce, beginnings, minutesSince, onceStill } from "./lecture_steps.js";

const SIGNS = { previous: "‹", next: "›", list: "☰", keys: "?", leave: "✕" };
const CHANNEL = "resnet-edu lecture";
const BEGAN = "lecture began";
const QUIET = "lecture clock hidden";
const TOGGLES = ["b", ".", "o", "?"];
const DIGITS_MS = 4000;

// Elements in which keys type text; a closed list with nothing typed into it does not count.
const TYPED = "input:not([type=range], [type=checkbox], [type=radio], [type=button]), textarea, [contenteditable=true]";
const OPEN = "[role=listbox], [role=menu], [role=dialog]:not([hidden]), [data-baseweb=popover], #hall-dialog-is-open";
const main = () => document.querySelector("[data-testid=stMain]");
const isTyped = (element) =>
  element.closest?.(TYPED) && !(element.getAttribute("role") === "combobox" && !element.value) && !element.readOnly;

// Remember how far each place was scrolled, and restore it when the reader comes back: again whenever the page grows,
// until the reader scrolls or clicks.
function keepScroll(root, place) {
  const scroller = main();
  if (!scroller || root.dataset.at === place) return;
  root.dataset.at = place;
  root.scrolling?.abort();
  const { signal } = (root.scrolling = new AbortController());
  const key = `scrolled ${place}`;
  const wanted = Number(tabMemory().getItem(key) ?? 0);
  let theirs = false; // whether the reader scrolls, and not the page that is being left
  const restore = () => {
    if (!document.documentElement.dataset.leading) scroller.scrollTo(0, wanted);
  };
  const growing = new ResizeObserver(restore);
  const stop = () => growing.disconnect();
  for (const name of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    const taken = () => {
      theirs = true;
      stop();
    };
    window.addEventListener(name, taken, { signal, capture: true, passive: true });
  }
  const leave = (event) => {
    if (event.type === "popstate" || event.composedPath().some((each) => each.matches?.("a[href]"))) theirs = false;
  };
  for (const name of ["click", "popstate"]) window.addEventListener(name, leave, { signal, capture: true });
  signal.addEventListener("abort", stop);
  restore();
  const content = document.querySelector("[data-testid=stMainBlockContainer]");
  if (wanted && content && !location.hash) growing.observe(content);
  const note = () => theirs && tabMemory().setItem(key, `${scroller.scrollTop}`);
  scroller.addEventListener("scroll", note, { signal, passive: true });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  const find = (selector) => root.querySelector(selector);
  const words = data.labels;
  const state = (root.state ??= { digits: "" });
  root.dataset.drawn = "";
  root.classList.toggle("on", data.on);
  if (state.pending === data.step) state.pending = null;
  keepScroll(root, data.place);
  keepWhole(root, data.on ? data.step : null);

  const ask = (asked) => setTriggerValue("asked", asked);
  const go = (step) => {
    if (step < 0 || step >= data.steps.length) return;
    state.pending = step;
    ask(`${step}`);
  };
  const turn = (by) => go((state.pending ?? (by > 0 ? data.next - 1 : data.previous + 1)) + by);
  const dialogs = [...root.querySelectorAll("dialog")];
  const toggle = (name) => {
    const wanted = find(`dialog.${name}`);
    const isOpen = wanted.open;
    for (const each of dialogs) each.close();
    if (!isOpen) wanted.showModal();
  };
  const fill = () =>
    document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  const does = {
    enter: () => {
      if (document.fullscreenEnabled) document.documentElement.requestFullscreen().catch(() => undefined); // optional
      tabMemory().setItem(BEGAN, `${Date.now()}`);
      ask("enter");
    },
    leave: () => {
      if (document.fullscreenElement) document.exitFullscreen();
      ask("leave");
    },
    next: () => turn(1),
    previous: () => turn(-1),
    list: () => toggle("list"),
    keys: () => toggle("keys"),
    blank: () => toggle("blank"),
    full: fill,
    reveal: () => ask("reveal"),
    clock: () => {
      tabMemory().setItem(QUIET, tabMemory().getItem(QUIET) === "1" ? "0" : "1");
      tellTime();
    },
    notes: () => window.open(data.notes, "resnet-edu notes", "width=900,height=700"),
  };

  // Place and time.
  if (data.on && !tabMemory().getItem(BEGAN)) tabMemory().setItem(BEGAN, `${Date.now()}`);
  const place = find(".place");
  const tellTime = () => {
    const minutes = minutesSince(Number(tabMemory().getItem(BEGAN)), Date.now());
    const isQuiet = tabMemory().getItem(QUIET) === "1";
    place.classList.toggle("quiet", isQuiet);
    place.textContent = isQuiet ? "·" : `${data.where} · ${words.time.replace("{minutes}", minutes)}`;
  };
  place.hidden = !data.on;
  place.title = words.clock;
  place.setAttribute("aria-label", `${data.where} · ${words.clock}`);
  place.onclick = does.clock;
  tellTime();
  clearInterval(state.timer);
  if (data.on) state.timer = setInterval(tellTime, 10_000);

  find("h1").textContent = data.title;
  find("h1").hidden = !data.title;
  find(".jump").textContent = "";
  for (const button of root.querySelectorAll("button[data-asks]")) {
    const { asks } = button.dataset;
    button.hidden = data.on === (asks === "enter");
    button.textContent = SIGNS[asks] ?? words[asks];
    button.title = words[asks];
    button.setAttribute("aria-label", words[asks]);
    button.onclick = does[asks];
  }

  // The list of stops, and the help on keys.
  const make = (name, content, attributes = {}) =>
    Object.assign(document.createElement(name), { textContent: content }, attributes);
  find(".list h2").textContent = words.list;
  find(".list ol").replaceChildren(
    ...beginnings(data.steps).map(({ step, number, title, chapter, minute, at }) => {
      const item = document.createElement("li");
      if (chapter) item.append(make("span", chapter));
      const button = make("button", "", { type: "button", onclick: () => go(step) });
      button.append(
        make("span", `${number}`),
        make("span", title),
        make("span", words.minute.replace("{minute}", minute)),
      );
      if (at.includes(data.step)) button.setAttribute("aria-current", "step");
      item.append(button);
      return item;
    }),
  );
  find(".plans").replaceChildren(
    ...data.plans.map(([name, title]) => {
      const button = make("button", title, { type: "button", onclick: () => ask(`plan ${name}`) });
      button.setAttribute("aria-pressed", `${name === data.plan}`);
      return button;
    }),
  );
  find(".keys h2").textContent = words.keys;
  find(".keys dl").replaceChildren(...words.help.flatMap(([key, what]) => [make("dt", key), make("dd", what)]));
  Object.assign(find("a.notes"), { textContent: words.notes, href: data.notes });
  Object.assign(find("a.lesson"), { textContent: words.lesson, href: data.lesson });
  if (!data.on) for (const each of dialogs) each.close();
  if (state.listed !== data.step) {
    state.listed = data.step;
    for (const each of dialogs) each.close();
  }

  // Keys, handled before any control receives them.
  const wait = onceStill(DIGITS_MS, () => type(""));
  const type = (digits) => {
    state.digits = digits;
    find(".jump").textContent = digits && `→ ${digits}`;
    if (digits) wait();
  };
  const keys = {
    PageDown: does.next,
    ArrowRight: does.next,
    " ": does.next,
    PageUp: does.previous,
    ArrowLeft: does.previous,
    f: does.full,
    b: does.blank,
    ".": does.blank,
    o: does.list,
    s: does.notes,
    c: does.clock,
    r: does.reveal,
    "?": does.keys,
  };
  const onKey = (event) => {
    if (event.key === "Tab") root.byTab = true;
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const [focused] = event.composedPath();
    const asks = atOnce(event, {
      typing: isTyped(focused),
      // a control reached by keyboard is also operated by keyboard
      held: root.byTab && focused !== document.body && (event.key === " " || !root.contains(focused)),
      overlay: dialogs.find((each) => each.open)?.className,
      open: Boolean(document.querySelector(OPEN)),
      digits: state.digits,
    });
    if (!asks) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asks === "close") for (const each of dialogs) each.close();
    else if (asks === "forget") type("");
    else if (asks === "leave") does.leave();
    else if (asks === "jump") {
      const found = beginnings(data.steps).find(({ number }) => number === Number(state.digits));
      type("");
      if (found) go(found.step);
    } else if (asks === "digit") type((state.digits + event.key).slice(-2));
    else {
      if (!TOGGLES.includes(asks)) for (const each of dialogs) each.close();
      keys[asks]();
    }
  };
  root.listening?.abort();
  const listening = (root.listening = new AbortController());
  if (data.on) {
    window.addEventListener("keydown", onKey, { signal: listening.signal, capture: true });
    window.addEventListener("pointerdown", () => (root.byTab = false), { signal: listening.signal, capture: true });
  }

  // The speaker view learns the position and may turn pages.
  root.channel?.close();
  if (data.on) {
    const channel = (root.channel = new BroadcastChannel(CHANNEL));
    const tell = () =>
      channel.postMessage({
        step: data.step,
        next: data.next,
        began: Number(tabMemory().getItem(BEGAN)),
        plan: data.plan,
      });
    channel.onmessage = ({ data: said }) => {
      if (said.asks === "where") tell();
      else if (said.asks === "restart") {
        tabMemory().setItem(BEGAN, `${Date.now()}`);
        tellTime();
        tell();
      } else if (said.asks === "next" || said.asks === "previous") does[said.asks]();
    };
    tell();
  }
  return () => {
    clearInterval(state.timer);
    listening.abort();
    root.channel?.close();
    root.scrolling?.abort();
    keepWhole(root, null);
  };
}
