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
