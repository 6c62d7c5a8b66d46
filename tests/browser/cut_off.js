// Texts that reach out of the screen at its right or left, where nothing scrolls to them, or that end in three dots.
() => {
  const up = (element) => element.parentElement ?? element.getRootNode().host ?? null;
  const inside = (root) => [...root.querySelectorAll("*")].flatMap((each) => [each, ...(each.shadowRoot ? inside(each.shadowRoot) : [])]);
  const scrolled = (element) => {
    for (let at = up(element); at; at = up(at)) if (["auto", "scroll"].includes(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth) return true;
    return false;
  };
  const dotted = inside(document.querySelector("[data-testid=stMain]"))
    .filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).textOverflow === "ellipsis" && each.checkVisibility());
  return inside(document.querySelector("[data-testid=stMain]"))
    .filter((each) => [...each.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim()))
    .filter((each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !each.closest(".katex-mathml, style, script, title, desc"))
    .filter((each) => {
      const { left, right, width } = each.getBoundingClientRect();
      return width > 1 && (left < -1 || right > innerWidth + 1) && !scrolled(each);
    })
    .concat(dotted)
    .map((each) => `${each.textContent.trim().slice(0, 60)} · ${each.outerHTML.slice(0, 120)}`);
}
