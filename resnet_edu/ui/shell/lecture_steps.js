// How lecture mode interprets keys and the steps that the server sends.

const TURNING = ["PageDown", "PageUp"];
const MOVING = ["ArrowLeft", "ArrowRight", " "];
const LETTERS = ["f", "b", ".", "o", "s", "c", "r", "?"];

/**
 * Return the action of a key, or null if the key belongs to the page: an action's name, or the key itself.
 *
 * @param {{ key: string, shiftKey: boolean }} event
 * @param {{ typing: boolean, held: boolean, overlay?: string, open: boolean, digits: string }} now
 *   `typing` into a field; `held`: a control was reached by Tab; `overlay` of the bar that is open; `open`: a list or
 *   menu is; `digits` typed so far
 */
export function atOnce({ key, shiftKey }, { typing, held, overlay, open, digits }) {
  if (key === "Escape") return overlay ? "close" : digits ? "forget" : open || typing ? null : "leave";
  if (TURNING.includes(key)) return key;
  if (typing || (shiftKey && key !== "?")) return null;
  if (key === "Enter") return digits ? "jump" : null;
  if (MOVING.includes(key)) return held || open ? null : key;
  if (/^\d$/.test(key)) return "digit";
  return LETTERS.includes(key) ? key : null;
}

/**
 * Return the stops of the lecture: first step, number, title, chapter if it is new, starting minute, and all steps.
 *
 * @param {[number, string, string, number][]} steps number from 1, title, chapter, minute at which it begins
 */
export function beginnings(steps) {
  const stops = [];
  for (const [step, [number, title, chapter, minute]] of steps.entries()) {
    const last = stops.at(-1);
    if (last?.number === number) last.at.push(step);
    else
      stops.push({
        step,
        number,
        title,
        chapter: last?.of === chapter ? "" : chapter,
        of: chapter,
        minute,
        at: [step],
      });
  }
  return stops;
}

/**
 * Return the whole minutes between two times in milliseconds.
 *
 * @param {number} began
 * @param {number} now
 */
export function minutesSince(began, now) {
  return began ? Math.max(0, Math.floor((now - began) / 60_000)) : 0;
}

/**
 * Return a function that calls `then` once it has not been called for that long.
 *
 * @param {number} milliseconds
 * @param {() => void} then
 */
export function onceStill(milliseconds, then) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = Number(setTimeout(then, milliseconds));
  };
}
