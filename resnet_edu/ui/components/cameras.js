// Which camera to ask for: a phone's that looks away from the reader first, then each of the others.
export const FIRST = { facingMode: "environment" };

/**
 * The wish for another camera than the one in use: one that faces the other way, or else the next of them, as a desktop's
 * cameras don't say which way they face.
 *
 * @param {MediaTrackSettings} used
 * @param {string[]} cameras ids of all
 * @returns {MediaTrackConstraints}
 */
export function anotherThan({ deviceId = "", facingMode }, cameras) {
  if (!facingMode) return { deviceId: { exact: cameras[(cameras.indexOf(deviceId) + 1) % cameras.length] } };
  const others = cameras.filter((each) => each !== deviceId);
  return { facingMode: facingMode === "user" ? "environment" : "user", deviceId: { exact: others } };
}
