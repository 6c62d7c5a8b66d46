// Changes that screen readers announce on their own: one sentence each, once.
const AFTER = 150; // milliseconds before a screen reader notices a newly drawn live region

/**
 * Set the text only if it differs, so that an unchanged text is not announced.
 *
 * @param {any} element
 * @param {string} text
 */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Announce `text` when its subject differs from that of the last call; the first text on a page is announced only if
 * the reader has asked for it.
 *
 * @param {any} status a live region
 * @param {string} about whose news this is, because the control may be redrawn
 * @param {{ of: string, text: string, asked?: boolean }} news
 */
export function announce(status, about, { of, text, asked = false }) {
  const page = /** @type {any} */ (document.documentElement);
  page.announced ??= {};
  const known = page.announced;
  const isNew = about in known ? known[about] !== of : asked;
  known[about] = of;
  if (isNew) setTimeout(() => put(status, text), AFTER);
}
