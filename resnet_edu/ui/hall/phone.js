// What a phone derives from the hall's state.
import { isSame } from "./client.js";

/** Parameters of a page's address that belong to each reader. */
export const OWN = ["lecture", "plan", "stop", "seen", "worksheet", "notes", "show", "only", "hide", "ask", "lang"];

/** @typedef {{ question: string, round: number, answer: string }} Answer */

/**
 * A phone's answers: those counted, by question and round; which count of each question they belong to; the one still
 * being sent; the last that came too late.
 *
 * @typedef {{ own: Record<string, string>, counts: Record<string, string>, sent?: Answer, late?: Answer }} Answers
 */

const ROUNDS = [1, 2];

/**
 * Take note of what a message says of this phone's answers; return whether the server has to be asked which of them
 * counts. After a reset or a restart no earlier answer does, but one that was given since may have come before the news.
 *
 * @param {Answers} answers
 * @param {{
 *   state?: { asked: { id: string, count: string } | null },
 *   own?: { question: string, count: string, rounds: Record<string, string> },
 *   voted?: Answer,
 *   late?: Answer,
 *   elsewhere?: boolean, // another tab's answer, in whose favour this one's has been given up
 * }} message
 */
export function hear(answers, { state, own, voted, late, elsewhere }) {
  const belong = (question, count) => {
    const isNew = answers.counts[question] !== count;
    const had = ROUNDS.map((round) => `${question} ${round}`).filter((key) => key in answers.own);
    if (isNew) for (const key of had) delete answers.own[key];
    answers.counts[question] = count;
    return isNew && had.length > 0;
  };
  const isDoubtful = Boolean(state?.asked && belong(state.asked.id, state.asked.count));
  if (own) belong(own.question, own.count);
  for (const [round, answer] of Object.entries(own?.rounds ?? {})) answers.own[`${own?.question} ${round}`] = answer;
  if (voted) answers.own[`${voted.question} ${voted.round}`] = voted.answer;
  const isReplaced = elsewhere && answers.sent?.question === voted?.question && answers.sent?.round === voted?.round;
  if (isReplaced || isSame(answers.sent, voted ?? late)) answers.sent = undefined;
  if (voted ?? late) answers.late = late;
  return isDoubtful;
}

/**
 * Return this phone's answer to the question in this round, including one still being sent, and whether to say that
 * its last answer came too late.
 *
 * @param {{ id: string, round: number }} asked
 * @param {Answers} answers
 */
export function answerable(asked, { own, sent, late }) {
  const isThis = (answer) => answer?.question === asked.id && answer.round === asked.round;
  const counted = own[`${asked.id} ${asked.round}`];
  return {
    own: counted,
    sent: isThis(sent) ? sent?.answer : undefined,
    isLate: Boolean(late) && (isThis(late) || !counted),
  };
}

/**
 * Return whether a question covers the page by itself: not with results that the lecturer has left behind.
 *
 * @param {{ open: boolean, passed: boolean }} asked
 */
export function opensItself({ open, passed }) {
  return open || !passed;
}

/**
 * Return a page's address without the parameters that belong to the reader.
 *
 * @param {string} search
 */
export function shared(search) {
  const query = new URLSearchParams(search);
  for (const name of OWN) query.delete(name);
  query.sort();
  return query.toString();
}

/**
 * Return the link to the lecturer's place, or to the first page if there is none or its figure is still hidden.
 *
 * @param {string} base
 * @param {{ page: string, query: string, covered?: boolean } | null} place
 * @param {string} language
 */
export function figuresLink(base, place, language) {
  const to = place?.covered ? null : place;
  const query = new URLSearchParams(to?.query ?? "");
  query.set("lang", language);
  return `${base}${!to || to.page === "home" ? "" : to.page}?${query}`;
}

/**
 * How long a phone waits before following, so that the phones in a large hall don't all load the page at once.
 *
 * @param {number} following
 * @param {number} chance from 0 to 1
 */
export function spread(following, chance) {
  return Math.round(following * 30 * chance);
}
