/**
 * A line in which a script says how far it is. At each run it is written anew, in the page's present language.
 *
 * @param {any} element it keeps what it says between runs
 * @param {any} words the texts in that language
 * @returns {(said?: (words: any) => string) => void} says something else, or nothing
 */
export function line(element, words) {
  const write = () => {
    element.textContent = element.said?.(element.words) ?? "";
  };
  element.words = words;
  write();
  return (said) => {
    element.said = said;
    write();
  };
}

/**
 * Note in the page whether a picture is on its way: what was said of the one before it is hidden meanwhile.
 *
 * @param {HTMLElement} element of the component that sends it
 * @param {boolean} is
 */
export function markSending(element, is) {
  const root = /** @type {ShadowRoot} */ (element.getRootNode());
  root.host?.closest("[data-testid=stElementContainer]")?.toggleAttribute("data-sending", is);
}
