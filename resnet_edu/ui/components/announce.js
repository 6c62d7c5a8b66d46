// What a screen reader says of a change by itself: one sentence, once.
const AFTER = 150; // milliseconds until a live region that has just been drawn is listened to

/**
 * Text that is no change is no news.
 *
 * @param {any} element
 * @param {string} text
 */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Say `text` when it is about something else than when this was last asked for; a page's first is read like the rest of it.
 *
 * @param {any} status a live region
 * @param {string} about whose news it is, as a control may be drawn anew
 * @param {{ of: string, text: string }} news
 */
export function announce(status, about, { of, text }) {
  const page = /** @type {any} */ (document.documentElement);
  page.announced ??= {};
  const known = page.announced;
  const isNew = about in known && known[about] !== of;
  known[about] = of;
  if (isNew) setTimeout(() => put(status, text), AFTER);
}
