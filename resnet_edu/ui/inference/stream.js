// The live stream: the newest frame goes out when the answers before it allow, and what comes back is painted at once,
// without a run of the page. Nothing is taken before a source is chosen, nor while the tab is hidden.
import { put } from "../components/announce.js";
import { anotherThan, FIRST } from "../components/cameras.js";
import { gradientOf } from "../components/colours.js";
import { galleryStream } from "./gallery_stream.js";
import { Pace } from "./pace.js";
import { Column } from "./stream_column.js";
import { MapSheet, paintHeat, paintSeen } from "./stream_maps.js";
import { isSpoken, sentenceOf } from "./turn.js";

const FROZEN_QUALITY = 0.92;
const AGAIN_MS = 1000; // until a lost connection is tried again
const LEFT_MS = 120; // until a page that is no longer there is known to be left
const ENDS = ["elsewhere", "full", "silent"]; // said before the server closes

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => `${values[name] ?? whole}`);

function canvasOf(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width);
  canvas.height = Math.round(height);
  return { canvas, context: /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")) };
}

/** The central square of the video, of at most so many pixels a side. */
function squareOf(video, most) {
  const side = Math.min(video.videoWidth, video.videoHeight);
  const { canvas, context } = canvasOf(Math.min(most, side), Math.min(most, side));
  const [left, top] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
  context.drawImage(video, left, top, side, side, 0, 0, canvas.width, canvas.height);
  return canvas;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  const find = (selector) => root.querySelector(selector);
  const [video, heat, seen, legend] = ["video", ".heat", ".seen", ".legend"].map(find);
  const state = (root.state ??= {
    stream: null,
    kind: "",
    file: null,
    opens: false,
    wish: /** @type {MediaTrackConstraints} */ (FIRST),
    cameras: /** @type {string[]} */ ([]),
    socket: null,
    standing: null,
    left: null,
    pace: new Pace(),
    fresh: false,
    resumes: false,
    columns: [],
    sheet: new MapSheet(find(".maps")),
  });
  state.data = data;
  const words = () => state.data.labels; // the newest, in handlers that are older
  state.setting ??= "";
  if (state.setting === data.setting) {
    for (const [index, column] of state.columns.entries()) column.name(data.columns[index], data.labels);
  } else {
    state.setting = data.setting;
    state.columns = data.columns.map((each) => new Column(each, words()));
    root.dataset.columns = data.columns.length;
    find(".columns").replaceChildren(...state.columns.map((column) => column.root));
    paintHeat(heat, null, 1);
    paintSeen(seen, null, 1);
    state.sheet.show(null, "");
    put(legend, "");
  }
  legend.style.setProperty("--scale", gradientOf(false));

  /** Show it and have it spoken; of the seconds that are left of a turn, a few only. */
  const tell = (text, left = null) => {
    put(find(".status"), text);
    if (left === null || isSpoken(state.left, left)) put(find(".unseen"), text);
    state.left = left;
  };

  const draw = () => {
    const runs = state.stream !== null;
    root.dataset.camera = !runs ? "off" : state.data.frozen ? "frozen" : "on";
    const secure = navigator.mediaDevices !== undefined;
    root.dataset.secure = secure;
    const hidden = {
      camera: runs || !secure,
      window: runs || !navigator.mediaDevices?.getDisplayMedia,
      file: runs,
      gallery: runs,
      freeze: !runs,
      stop: !runs,
    };
    hidden.visible = hidden.window;
    hidden.turn = !runs || state.kind !== "camera" || state.cameras.length < 2;
    for (const [name, is] of Object.entries(hidden)) find(`.${name}`).hidden = is;
    for (const name of ["camera", "window", "file", "gallery", "turn", "stop", "visible"]) {
      put(find(`.${name}`), words()[name]);
    }
    put(find(".freeze"), state.data.frozen ? words().resume : words().freeze);
    put(find(".off"), runs ? "" : words().off);
    video.setAttribute("aria-label", words().video);
    for (const each of [video, heat, seen]) {
      each.classList.toggle("mirrored", state.stream?.getVideoTracks()[0]?.getSettings().facingMode === "user");
    }
    root.dataset.drawn = "";
  };

  const hangUp = () => {
    clearTimeout(state.timer);
    state.socket?.close();
    state.socket = null;
    state.standing = null;
  };

  const stop = (why = "") => {
    hangUp();
    for (const track of state.stream?.getTracks() ?? []) track.stop();
    state.stream = null;
    video.srcObject = null;
    if (video.src) {
      URL.revokeObjectURL(video.src);
      video.removeAttribute("src");
      video.load(); // or it plays on
    }
    tell(why);
    draw();
  };

  /** Nothing is taken while the page is hidden. A window would have to be asked for again, so it doesn't resume. */
  const rest = () => {
    const isWindow = state.kind === "window";
    state.resumes = !isWindow && !state.data.frozen;
    stop(isWindow ? words().hidden : "");
  };

  const say = () => {
    const standing = state.standing;
    if (!state.stream || state.data.frozen) return tell("");
    if (!standing) return tell(words().connecting);
    const sentence = sentenceOf(standing);
    if (!standing.before && state.pace.isQuiet(performance.now())) return tell(words().quiet);
    tell(sentence ? fill(words()[sentence], standing) : (state.told ?? ""), standing.left);
  };

  const paint = (answer) => {
    const now = performance.now();
    const latency = state.pace.take(answer, now);
    const { answers } = answer;
    state.told = answer.told ?? (answer.fault ? words().fault : answers?.map(({ note }) => note).find(Boolean));
    say();
    if (latency === null || answers?.length !== state.columns.length) return; // of another setting
    for (const [index, column] of state.columns.entries()) column.paint(answers[index], now);
    paintHeat(heat, answers[0].heat, state.data.share);
    paintSeen(seen, answers[0].seen, state.data.share);
    const drawn = ["heat", "seen"].find((name) => answers[0][name]) ?? "";
    legend.dataset.of = drawn;
    put(legend, words()[drawn] ?? "");
    state.sheet.show(answers[0].maps, words().maps);
    const milliseconds = answers.map((each) => each.milliseconds.toFixed(1)).join(" + ");
    const measured = { rate: state.pace.rate(now).toFixed(0), latency: latency.toFixed(0), milliseconds };
    put(find(".measured"), fill(words().measured, { ...answer, ...measured }));
    root.dataset.latency = latency.toFixed(1);
    root.dataset.frame = answer.frame;
  };

  const connect = () => {
    hangUp();
    if (!state.stream || state.data.frozen) return say();
    const url = new URL(state.data.address, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    state.socket = socket;
    state.pace = new Pace();
    socket.onmessage = ({ data: text }) => {
      if (socket !== state.socket) return;
      const message = JSON.parse(text);
      if ("frame" in message) return paint(message);
      if ("before" in message) {
        if (message.before) state.pace.giveUp();
        state.standing = message;
        return say();
      }
      if (ENDS.includes(message.no)) stop(words()[message.no]);
    };
    socket.onclose = () => {
      if (socket !== state.socket) return;
      hangUp();
      state.pace.giveUp();
      tell(words().lost);
      state.timer = setTimeout(connect, AGAIN_MS);
    };
    say();
  };

  const send = () => {
    const { socket, pace } = state;
    const now = performance.now();
    if (!state.fresh || socket?.readyState !== WebSocket.OPEN || state.standing?.before !== 0 || !pace.may(now)) return;
    state.fresh = false;
    pace.send(now);
    squareOf(video, state.data.side).toBlob(
      (blob) => blob && socket === state.socket && socket.send(blob),
      "image/jpeg",
      pace.quality,
    );
  };

  // Each new frame of the video, and each of the screen's: whichever comes first after an answer.
  const watch = (stream) => {
    const taken = () => {
      if (stream !== state.stream) return;
      state.fresh = true;
      send();
      video.requestVideoFrameCallback(taken);
    };
    const drawn = () => {
      if (stream !== state.stream) return;
      if (!root.isConnected) return stop();
      if (state.pace.isQuiet(performance.now())) say();
      send();
      requestAnimationFrame(drawn);
    };
    video.requestVideoFrameCallback(taken);
    requestAnimationFrame(drawn);
  };

  const wish = () => ({ ...state.wish, width: { ideal: 1280 }, frameRate: { ideal: 30 } });
  const sources = {
    camera: () => navigator.mediaDevices.getUserMedia({ audio: false, video: wish() }),
    window: () => navigator.mediaDevices.getDisplayMedia({ audio: false, video: true }),
    gallery: () => galleryStream(state.data.gallery),
    file: () => new MediaStream(), // the video plays by itself
  };

  const open = async (/** @type {string} */ kind) => {
    if (state.opens || state.stream) return;
    state.opens = true;
    let stream;
    try {
      stream = await sources[kind]();
      if (kind === "file") video.src = URL.createObjectURL(state.file);
      else video.srcObject = stream;
      await video.play();
    } catch (error) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      state.wish = FIRST; // the other camera may be gone
      const why = error instanceof DOMException ? error.name : "";
      if (video.src) video.removeAttribute("src");
      return tell({ NotFoundError: words().none, NotSupportedError: words().unreadable }[why] ?? words().refused);
    } finally {
      state.opens = false;
    }
    Object.assign(state, { stream, kind, told: "" });
    if (!root.isConnected) return stop();
    if (document.hidden) return rest();
    if (state.data.frozen) setTriggerValue("resumed", true);
    const ended = () => words()[kind === "window" ? "unshared" : "unplugged"];
    for (const track of stream.getTracks()) track.onended = () => stream === state.stream && stop(ended());
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    state.cameras = devices.filter((device) => device.kind === "videoinput").map((device) => device.deviceId);
    draw();
    connect();
    watch(stream);
  };

  find(".camera").onclick = () => open("camera");
  find(".window").onclick = () => open("window");
  find(".gallery").onclick = () => open("gallery");
  const input = find("input");
  find(".file").onclick = () => input.click();
  input.onchange = () => {
    const [file] = input.files;
    input.value = ""; // the same file may be chosen again
    if (!file) return;
    state.file = file;
    open("file");
  };
  find(".stop").onclick = () => stop();
  find(".turn").onclick = () => {
    state.wish = anotherThan(state.stream.getVideoTracks()[0].getSettings(), state.cameras);
    stop();
    open("camera");
  };
  find(".freeze").onclick = () => {
    if (state.data.frozen) return setTriggerValue("resumed", true);
    video.pause();
    const scale = Math.min(1, state.data.kept / Math.max(video.videoWidth, video.videoHeight));
    const { canvas, context } = canvasOf(scale * video.videoWidth, scale * video.videoHeight);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    setTriggerValue("frozen", canvas.toDataURL("image/jpeg", FROZEN_QUALITY).split(",", 2)[1]);
  };

  const onHidden = () => {
    if (document.hidden && state.stream) {
      rest();
    } else if (!document.hidden && state.resumes) {
      state.resumes = false;
      open(state.kind);
    }
  };
  const listening = new AbortController();
  document.addEventListener("visibilitychange", onHidden, { signal: listening.signal });

  draw();
  if (!navigator.mediaDevices && !state.stream) tell(words().insecure);
  if (state.was !== undefined && state.was !== data.frozen) {
    if (data.frozen) hangUp();
    else if (state.stream) {
      video.play();
      connect();
    }
    say();
  }
  if (state.standing) say(); // the language may be another
  state.was = data.frozen;
  return () => {
    listening.abort();
    setTimeout(() => {
      if (!root.isConnected) stop(); // the page is left: the camera's light goes out
    }, LEFT_MS);
  };
}
