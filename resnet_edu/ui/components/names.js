// Streamlit names its own controls only in English, and a screen reader would read those names on a Chinese page.
const ATTRIBUTES = ["aria-label", "placeholder", "alt", "title"];
const NAMED = ATTRIBUTES.map((name) => `[${name}]`).join();
const FIELD = "{name}";
const NOTICE = "[data-testid=stToast]";
/** Where texts are Streamlit's own. */
const OWN = [
  "stMainMenuPopover",
  "stDataFrameColumnMenu",
  "stDataFrameColumnVisibilityMenu",
  "stTooltipContent",
  "InputInstructions",
]
  .map((name) => `[data-testid=${name}]`)
  .join();

/** A notice is a dialog whose name Streamlit looks for in an element that isn't there: it gets its text. */
function nameNotice(notice) {
  const said = notice.querySelector("[data-testid=stToastText]")?.textContent;
  if (!said) return;
  notice.removeAttribute("aria-labelledby");
  if (notice.getAttribute("aria-label") !== said) notice.setAttribute("aria-label", said);
}

/**
 * Replace each of these names, now and whenever the page draws one later.
 *
 * @param {Record<string, string>} names
 */
export function rename(names) {
  const templates = Object.keys(names).filter((name) => name.includes(FIELD));
  const said = (name) => {
    if (name in names) return names[name];
    for (const template of templates) {
      const [before, after] = template.split(FIELD);
      if (name.length > template.length - FIELD.length && name.startsWith(before) && name.endsWith(after))
        return names[template].replace(FIELD, () => name.slice(before.length, name.length - after.length));
    }
    return name;
  };
  const within = (root) => {
    for (const element of [root, ...root.querySelectorAll(NAMED)])
      for (const attribute of ATTRIBUTES) {
        const name = element.getAttribute(attribute);
        if (name && said(name) !== name) element.setAttribute(attribute, said(name));
      }
    const notice = root.closest(NOTICE);
    for (const each of notice ? [notice] : root.querySelectorAll(NOTICE)) nameNotice(each);
    for (const own of root.closest(OWN) ? [root] : root.querySelectorAll(OWN)) {
      const texts = document.createTreeWalker(own, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const text = /** @type {Text} */ (texts.currentNode);
        if (text.data in names && names[text.data] !== text.data) text.data = names[text.data];
      }
    }
  };
  rename.observer?.disconnect();
  rename.observer = new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes)
      for (const changed of addedNodes.length ? addedNodes : [target]) {
        const element = changed instanceof Element ? changed : changed.parentElement;
        if (element) within(element);
      }
  });
  rename.observer.observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ATTRIBUTES,
  });
  within(document.body);
}
rename.observer = null;
