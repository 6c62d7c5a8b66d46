// The speaker view follows the lecture's window and may turn its pages.
import { minutesSince } from "./lecture_steps.js";

const CHANNEL = "resnet-edu lecture";
const TURNS = { PageDown: "next", ArrowRight: "next", " ": "next", PageUp: "previous", ArrowLeft: "previous" };

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("section");
  const find = (selector) => root.querySelector(selector);
  const words = data.labels;
  const state = (root.state ??= {});
  root.dataset.drawn = "";
  root.channel?.close();
  const channel = (root.channel = new BroadcastChannel(CHANNEL));
  const ask = (asks) => channel.postMessage({ asks });

  function tellTime() {
    if (state.now)
      find(".clock").textContent = words.clock.replace("{minutes}", minutesSince(state.now.began, Date.now()));
  }

  function draw() {
    const now = state.now;
    const step = now && (now.step ?? now.next - 1);
    const stop = now && data.stops[data.steps[step]];
    find(".waiting").textContent = stop ? "" : words.waiting;
    find(".waiting").hidden = Boolean(stop);
    find(".notes").hidden = !stop;
    root.dataset.step = stop ? step : "";
    if (!stop) return;
    find(".place").textContent = `${words.place.replace("{number}", data.steps[step] + 1)} · ${stop.chapter}`;
    find(".begins").textContent = words.begins
      .replace("{begin}", stop.begins)
      .replace("{end}", stop.begins + stop.minutes);
    find("h1").textContent = stop.title;
    for (const [name, text] of [
      ["note", stop.note],
      ["doing", stop.do],
      ["seeing", stop.seen],
      ["text", stop.question],
    ])
      find(`.${name}`).textContent = text;
    find(".asked").hidden = !stop.question;
    find(".asked ol").replaceChildren(
      ...stop.answers.map(([text, isRight]) =>
        Object.assign(document.createElement("li"), {
          textContent: isRight ? `${text} ✓` : text,
          className: isRight ? "right" : "",
        }),
      ),
    );
    if (stop.isOpen) find(".text").textContent += ` (${words.none})`;
    const following = data.stops[data.steps[step + 1]];
    find(".following").textContent = !data.seen[step] ? words.reveal : following ? following.title : words.end;
    tellTime();
  }

  for (const name of ["say", "question", "do", "seen", "next"]) find(`h2.${name}`).textContent = words[name];
  for (const [name, asks] of [
    ["back", "previous"],
    ["on", "next"],
    ["restart", "restart"],
  ]) {
    find(`button.${name}`).textContent = words[name];
    find(`button.${name}`).onclick = () => ask(asks);
  }
  channel.onmessage = ({ data: said }) => {
    if (said.asks) return;
    if (said.plan !== data.plan) location.search = location.search.replace(/([?&])plan=\d+/, `$1plan=${said.plan}`);
    state.now = said;
    draw();
  };
  const onKey = (event) => {
    const asks = TURNS[event.key];
    if (!asks || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === " " && event.composedPath()[0].tagName === "BUTTON") return;
    event.preventDefault();
    ask(asks);
  };
  root.listening?.abort();
  const listening = (root.listening = new AbortController());
  addEventListener("keydown", onKey, { signal: listening.signal });
  clearInterval(state.timer);
  state.timer = setInterval(tellTime, 10_000);
  draw();
  ask("where");
  return () => {
    channel.close();
    listening.abort();
    clearInterval(state.timer);
  };
}
