// A photo with the device's camera. It goes over the page's own connection, as files do: what Streamlit's camera sends
// needs a cookie that browsers withhold in another site's frame.
const WIDTH = 1280;
const QUALITY = 0.92;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  const video = root.querySelector("video");
  const [take, turn] = root.querySelectorAll("button");
  const status = root.querySelector("p");
  const state = (root.state ??= { stream: null, facing: "environment", cameras: 0, starting: false });

  const draw = () => {
    root.dataset.camera = state.stream ? "on" : "off";
    take.textContent = state.stream ? data.take : data.start;
    turn.textContent = data.turn;
    turn.hidden = !state.stream || state.cameras < 2;
    video.setAttribute("aria-label", data.video);
    video.classList.toggle("mirrored", state.facing === "user");
  };

  const stop = () => {
    for (const track of state.stream?.getTracks() ?? []) track.stop();
    state.stream = null;
    video.srcObject = null;
    draw();
  };

  const start = async () => {
    if (state.starting) return; // a second stream would never be stopped
    state.starting = true;
    status.textContent = data.ask;
    try {
      const wanted = { facingMode: state.facing, width: { ideal: WIDTH } };
      state.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted });
    } catch {
      status.textContent = window === window.top ? data.refused : data.framed;
      return;
    } finally {
      state.starting = false;
    }
    if (!root.isConnected) return stop(); // the page was left while the browser asked
    status.textContent = "";
    video.srcObject = state.stream;
    await video.play();
    const devices = await navigator.mediaDevices.enumerateDevices();
    state.cameras = devices.filter((device) => device.kind === "videoinput").length;
    draw();
  };

  const shoot = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    status.textContent = data.sending;
    setTriggerValue("picture", { name: "", content: canvas.toDataURL("image/jpeg", QUALITY).split(",", 2)[1] });
  };

  take.onclick = () => (state.stream ? shoot() : start());
  turn.onclick = () => {
    stop();
    state.facing = state.facing === "user" ? "environment" : "user";
    start();
  };

  if (state.stream) status.textContent = ""; // the picture has arrived
  draw();
  if (!root.dataset.drawn) start(); // whoever chooses the camera wants it on
  root.dataset.drawn = "true";

  return () => {
    setTimeout(() => {
      if (!root.isConnected) stop(); // the page is left: the camera's light goes out
    }, 100);
  };
}
