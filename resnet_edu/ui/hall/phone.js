// What a phone derives from the hall's state.

/** Parameters of a page's address that belong to each reader. */
export const OWN = ["lecture", "plan", "stop", "seen", "worksheet", "notes", "show", "only", "hide", "ask", "lang"];

/**
 * Return this phone's answer to the question in this round, including one still being sent.
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
