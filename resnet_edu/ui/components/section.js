// The start of every component that draws.

/**
 * Return a component's data, labels and section, which becomes visible, and `state`, which the section keeps between
 * runs.
 *
 * @param {any} component
 */
export function opened({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const find = (selector) => root.querySelector(selector);
  return {
    data,
    root,
    find,
    words: data.labels,
    marks: data.marks,
    state: (root.state ??= {}),
    setStateValue,
    setTriggerValue,
  };
}
