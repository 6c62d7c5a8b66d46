// A camera that collects ten pictures a second while a button is held, and otherwise asks the taught net what it sees,
// sending the next picture once the last one is answered. Nothing is recorded before the camera is turned on.
import { cameraOf } from "../components/camera.js";
import { line } from "../components/line.js";

const SHORT_SIDE = 256; // no net here looks at more
const EVERY = 100; // milliseconds between two pictures
const PAUSE = 120; // milliseconds from an answer to the next question, at least
const PATIENCE = 5000; // milliseconds after which an unanswered question is asked again
const QUALITY = 0.88;
const IDLE = "notRunning"; // as Streamlit calls it

/**
 * Whether no run of the page is known to be under way. A picture that reached the server just as a click's run ends could have Streamlit drop
 * what that run has yet to send: the click would seem lost.
 */
const isIdle = () =>
  (document.querySelector("[data-testid=stApp]")?.getAttribute("data-test-script-state") ?? IDLE) === IDLE;

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const find = (selector) => root.querySelector(selector);
  const [video, on, turn, hold, status] = ["video", ".on", ".turn", ".hold", ".status"].map(find);
  const words = data.labels;
  const say = line(status, words);
  const state = (root.state ??= { taken: [], number: 0, asked: 0 });
  state.data = data;
  state.send = setTriggerValue;

  const draw = () => {
    const runs = Boolean(state.stream);
    root.dataset.camera = runs ? "on" : "off";
    on.textContent = runs ? words.stop : words.start;
    turn.textContent = words.turn;
    turn.hidden = !runs || state.cameras.length < 2;
    hold.textContent = words.hold;
    hold.hidden = !data.collects;
    hold.disabled = !runs || state.data.room <= 0;
    find(".off").textContent = runs ? "" : words.off;
    video.setAttribute("aria-label", words.video);
    video.classList.toggle("mirrored", Boolean(state.mirrors));
  };

  const shot = () => {
    const side = Math.min(video.videoWidth, video.videoHeight);
    const canvas = document.createElement("canvas");
    canvas.width = Math.min(SHORT_SIDE, side);
    canvas.height = canvas.width;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const [left, top] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
    context.drawImage(video, left, top, side, side, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", QUALITY).split(",", 2)[1];
  };

  const camera = cameraOf({ root, video, state, width: 640, draw });
  const stop = () => {
    clearTimeout(state.timer);
    clearInterval(state.ticking);
    state.ticking = null;
    camera.stop();
  };

  const open = async (opened) => {
    // over plain http a browser has no camera to give
    const refusal = navigator.mediaDevices ? "refused" : "insecure";
    say((await opened()) ? undefined : (said) => said[refusal]);
    if (state.stream) ask();
  };

  on.onclick = () => (state.stream ? stop() : open(camera.start));
  turn.onclick = () => {
    stop();
    open(camera.turn);
  };

  const take = () => {
    if (state.taken.length >= state.data.room) return release();
    state.taken.push(shot());
    const count = state.taken.length;
    say((said) => said.taken.replace("{count}", String(count)));
  };
  const press = () => {
    if (hold.disabled || state.ticking) return;
    hold.classList.add("held");
    state.taken = [];
    take();
    state.ticking = setInterval(take, EVERY);
  };
  const release = () => {
    if (!state.ticking) return;
    clearInterval(state.ticking);
    state.ticking = null;
    hold.classList.remove("held");
    state.send("shots", JSON.stringify(state.taken));
    state.taken = [];
  };
  hold.onpointerdown = (event) => {
    hold.setPointerCapture(event.pointerId);
    press();
  };
  hold.onpointerup = release;
  hold.onpointercancel = release;
  hold.oncontextmenu = (event) => event.preventDefault(); // a long touch is no request for a menu
  hold.onkeydown = (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    press();
  };
  hold.onkeyup = release;
  hold.onblur = release;

  function ask() {
    clearTimeout(state.timer);
    if (!root.isConnected) return stop();
    if (!state.stream || !state.data.live) return;
    const waited = performance.now() - state.asked;
    if (state.answered === state.number || waited > PATIENCE) {
      if (!state.ticking && !document.hidden && isIdle()) {
        state.number += 1;
        state.asked = performance.now();
        state.send("frame", JSON.stringify({ number: state.number, picture: shot() }));
      }
    }
    state.timer = setTimeout(ask, PAUSE);
  }

  // Half of the time is left to clicks, which a page that always answers would be late for.
  const rest = () => Math.min(PATIENCE, Math.max(PAUSE, state.took ?? 0));

  const rows = state.stream && data.live && data.answer ? data.answer.rows : [];
  const answered = data.answer?.number ?? state.number;
  if (answered !== state.answered) state.took = performance.now() - state.asked;
  state.answered = answered;
  if (data.answer) root.dataset.answer = data.answer.number;
  const list = find("ol");
  list.setAttribute("aria-label", words.answers);
  while (list.children.length > rows.length) list.lastChild.remove();
  while (list.children.length < rows.length) {
    const item = document.createElement("li");
    item.innerHTML =
      '<span class="name"></span><span class="text"></span><span class="track"><span class="bar"></span></span>';
    list.append(item);
  }
  const most = Math.max(0, ...rows.map((row) => row.share));
  rows.forEach((row, index) => {
    const item = list.children[index];
    item.classList.toggle("first", row.share === most);
    item.querySelector(".name").textContent = row.name;
    item.querySelector(".text").textContent = row.text;
    item.querySelector(".bar").style.width = `${row.share * 100}%`;
  });
  draw();
  clearTimeout(state.timer);
  if (state.stream) state.timer = setTimeout(ask, rest());

  return () => {
    clearTimeout(state.timer);
    setTimeout(() => {
      if (!root.isConnected) stop(); // the page is left: the camera's light goes out
    }, PAUSE);
  };
}
