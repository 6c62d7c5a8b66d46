// A solo reader answers, then sees the right answer and how earlier readers answered.
import { drawBars, make } from "./card.js";
import { fill } from "./client.js";

/** This reader's answers by question, whichever page asked it. */
export const answered = /** @type {Record<string, any>} */ ((globalThis.resnetEduAnswered ??= {}));

/**
 * Answer a question; returns whether the server has received it.
 *
 * @param {string} base
 * @param {string} question
 * @param {string} answer
 * @param {string} language
 */
export async function answerAlone(base, question, answer, language) {
  answered[question] = { answer };
  const said = await fetch(`${base}questions/${question}`, {
    method: "POST",
    body: JSON.stringify({ answer, language }),
  }).catch(() => null);
  if (said?.ok) answered[question] = { answer, ...(await said.json()) };
  else delete answered[question];
  return Boolean(said?.ok);
}

/**
 * Show the result below a question that has been drawn.
 *
 * @param {HTMLElement} place
 * @param {any} question
 * @param {{ right: string | null, seen: string, counts: Record<string, number> | null }} said null if not counted now
 * @param {Record<string, string>} labels
 */
export function drawSeen(place, question, { right, seen, counts }, labels) {
  const find = (selector) => /** @type {HTMLElement} */ (place.querySelector(selector));
  const all = counts && Object.values(counts).reduce((sum, each) => sum + each, 0);
  const answer = question.answers.find(({ id }) => id === right)?.text;
  find(".standing").replaceChildren(
    ...[
      answer ? fill(labels.right, { answer }) : labels.opinion,
      seen,
      ...(counts ? [fill(labels.earlier, { count: all })] : []),
    ].map((text) => make("span", "told", text)),
  );
  drawBars(find(".bars"), { ...question, bars: counts && [counts] }, labels);
}
