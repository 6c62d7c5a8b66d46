// Names that two figures of the page share, so that those who hear them can't tell which is which.
() => {
  const inside = (root) => [...root.querySelectorAll("*")].flatMap((each) => [each, ...(each.shadowRoot ? inside(each.shadowRoot) : [])]);
  const names = inside(document.querySelector("[data-testid=stMain]"))
    .filter((each) => each.matches("[role=img], svg[aria-label], canvas[aria-label], video[aria-label], ol[aria-label], ul[aria-label], table[aria-label]"))
    .filter((each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !each.closest("[aria-hidden=true]") && !each.parentElement?.closest("svg")) // not a figure's parts
    .map((each) => each.getAttribute("aria-label")?.trim())
    .filter(Boolean);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
