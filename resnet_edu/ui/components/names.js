// Streamlit names its own controls only in English, and a screen reader would read those names on a Chinese page.
const ATTRIBUTES = ["aria-label", "placeholder", "alt"];
const NAMED = ATTRIBUTES.map((name) => `[${name}]`).join();

/**
 * Replace each of these names, now and whenever the page draws one later.
 *
 * @param {Record<string, string>} names
 */
export function rename(names) {
  const within = (root) => {
    for (const element of [root, ...root.querySelectorAll(NAMED)])
      for (const attribute of ATTRIBUTES) {
        const name = element.getAttribute(attribute);
        if (name in names && names[name] !== name) element.setAttribute(attribute, names[name]);
      }
  };
  rename.observer?.disconnect();
  rename.observer = new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes)
      for (const changed of addedNodes.length ? addedNodes : [target]) if (changed instanceof Element) within(changed);
  });
  rename.observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ATTRIBUTES });
  within(document.body);
}
rename.observer = null;
