// The device's camera, shown in a video element. Nothing is recorded before it is turned on.
import { anotherThan, FIRST } from "./cameras.js";

/**
 * Its switches. `state` remembers the stream while the component is drawn again; `draw` follows each change.
 *
 * @param {{ root: HTMLElement, video: HTMLVideoElement, state: any, width: number, draw: () => void }} options
 */
export function cameraOf({ root, video, state, width, draw }) {
  state.stream ??= null;
  state.wish ??= FIRST;
  state.cameras ??= [];
  const used = () => state.stream.getVideoTracks()[0].getSettings();

  const stop = () => {
    for (const track of state.stream?.getTracks() ?? []) track.stop();
    state.stream = null;
    video.srcObject = null;
    draw();
  };

  /** Turn it on; false if the browser refuses, or if it is on its way already. */
  const start = async () => {
    if (state.starting) return true; // a second stream would never be stopped
    state.starting = true;
    try {
      const wanted = { ...state.wish, width: { ideal: width } };
      state.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted });
    } catch {
      state.wish = FIRST; // the other camera may be gone
      return false;
    } finally {
      state.starting = false;
    }
    if (!root.isConnected) {
      stop(); // the page was left while the browser asked
      return true;
    }
    video.srcObject = state.stream;
    await video.play();
    const devices = await navigator.mediaDevices.enumerateDevices();
    state.cameras = devices.filter((device) => device.kind === "videoinput").map((device) => device.deviceId);
    state.mirrors = used().facingMode === "user";
    draw();
    return true;
  };

  const turn = () => {
    state.wish = anotherThan(used(), state.cameras);
    stop();
    return start();
  };

  return { start, stop, turn };
}
