// What every component that draws begins with.

/**
 * Its data and their labels, its section (visible from now on), and `state`, which the section keeps between runs.
 *
 * @param {any} component
 */
export function opened({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const find = (selector) => root.querySelector(selector);
  return { data, root, find, words: data.labels, state: (root.state ??= {}), setStateValue, setTriggerValue };
}
