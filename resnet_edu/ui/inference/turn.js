// What a reader is told of their turn to stream.
const SPOKEN_AT = [30, 10]; // seconds before a turn ends; the first that are shown are spoken too

/**
 * The name of the sentence for a standing; null for whoever is on and has no one waiting.
 *
 * @param {{ before: number, left: number | null, behind_lecturer: boolean }} standing
 */
export function sentenceOf({ before, left, behind_lecturer }) {
  if (before) return behind_lecturer ? "lecturer" : "before";
  return left === null ? null : "left";
}

/**
 * Whether a screen reader is told how many seconds are left.
 *
 * @param {number | null} before seconds left when it was last shown; null where the countdown begins
 * @param {number} left
 */
export function isSpoken(before, left) {
  return before === null || SPOKEN_AT.some((at) => left <= at && at < before);
}
