// A photo with the device's camera. It goes over the page's own connection, as files do: what Streamlit's camera sends
// needs a cookie that browsers withhold in another site's frame.
import { cameraOf } from "../components/camera.js";
import { line, markSending } from "../components/line.js";

const WIDTH = 1280;
const QUALITY = 0.92;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  const video = root.querySelector("video");
  const [take, turn] = root.querySelectorAll("button");
  const status = root.querySelector("p");
  const state = (root.state ??= {});
  if (state.given !== data.given) {
    status.said = undefined; // the picture has arrived
    markSending(root, false);
  }
  state.given = data.given;
  const say = line(status, data);

  const draw = () => {
    root.dataset.camera = state.stream ? "on" : "off";
    take.textContent = state.stream ? data.take : data.start;
    turn.textContent = data.turn;
    turn.hidden = !state.stream || state.cameras.length < 2;
    video.setAttribute("aria-label", data.video);
    video.classList.toggle("mirrored", Boolean(state.mirrors));
  };

  const camera = cameraOf({ root, video, state, width: WIDTH, draw });
  const open = async (opened) => {
    say((words) => words.ask);
    const refusal = window === window.top ? "refused" : "framed";
    say((await opened()) ? undefined : (words) => words[refusal]);
  };

  const shoot = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    say((words) => words.sending);
    markSending(root, true);
    setTriggerValue("picture", { name: "", content: canvas.toDataURL("image/jpeg", QUALITY).split(",", 2)[1] });
  };

  take.onclick = () => (state.stream ? shoot() : open(camera.start));
  turn.onclick = () => open(camera.turn);

  draw();
  if (!root.dataset.drawn) open(camera.start); // whoever chooses the camera wants it on
  root.dataset.drawn = "true";

  return () => {
    setTimeout(() => {
      if (!root.isConnected) camera.stop(); // the page is left: the camera's light goes out
    }, 100);
  };
}
