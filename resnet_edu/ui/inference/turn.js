// What a reader is told of their turn to stream.

/**
 * The name of the sentence for a standing; null for whoever is on and has no one waiting.
 *
 * @param {{ before: number, left: number | null, behind_lecturer: boolean }} standing
 */
export function sentenceOf({ before, left, behind_lecturer }) {
  if (before) return behind_lecturer ? "lecturer" : "before";
  return left === null ? null : "left";
}
