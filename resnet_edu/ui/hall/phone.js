// What a phone of the hall works out from what it is told.

/** Parameters of a page's address that are each reader's own. */
export const OWN = ["lecture", "plan", "stop", "seen", "notes", "show", "only", "hide", "ask", "lang"];

/**
 * What this phone has answered to the question in this round, and what is on its way.
 *
 * @param {{ id: string, round: number }} asked
 * @param {Record<string, string>} own
 * @param {{ question: string, round: number, answer: string } | undefined} sent
 */
export function answerable(asked, own, sent) {
  const isThis = sent && sent.question === asked.id && sent.round === asked.round;
  return { own: own[`${asked.id} ${asked.round}`], sent: isThis ? sent.answer : undefined };
}

/**
 * A page's address as others may have it: without what is the reader's own.
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
 * The link to the lecturer's place; to the first page where there is none, or where a figure must not be seen yet.
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
 * How long a phone waits before it follows, so that a large hall's phones don't all ask for the page at once.
 *
 * @param {number} following
 * @param {number} chance from 0 to 1
 */
export function spread(following, chance) {
  return Math.round(following * 30 * chance);
}
