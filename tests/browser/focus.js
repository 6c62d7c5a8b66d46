// What a keyboard's user has in hand: for the walk over a page by Tab.
() => {
  const up = (element) => element.parentElement ?? element.getRootNode().host ?? null;
  const inside = (root) => [...root.querySelectorAll("*")].flatMap((each) => [each, ...(each.shadowRoot ? inside(each.shadowRoot) : [])]);
  const held = () => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at === document.body ? null : at;
  };
  const LOOK = [
    "outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderColor", "backgroundColor", "color", "stroke",
    "textDecoration", "content", "position", "clip", "opacity",
  ];
  const MOST_PARTS = 100;
  const look = (element) => {
    const around = [element];
    while (around.length < 10 && up(around.at(-1))) around.push(up(around.at(-1)));
    const parts = [...element.querySelectorAll("*")].slice(0, MOST_PARTS);
    const styles = [getComputedStyle(element, "::before"), getComputedStyle(element, "::after")];
    return JSON.stringify([...styles, ...[...around, ...parts].map((each) => getComputedStyle(each))].map((style) => LOOK.map((name) => style[name])));
  };
  const ICON = 40;
  const told = (element) => element.outerHTML.slice(0, 160);
  const shown = (element) => element.checkVisibility({ opacityProperty: false, visibilityProperty: true }) && element.getClientRects().length > 0;

  // These show by one frame that the focus is on any part of them.
  const FRAMES = ".stDataFrame, .stMultiSelect";
  const sameFrame = (one, other) => Boolean(one.closest(FRAMES)?.contains(other));

  // What lies over the middle of the part of it that is on the screen: the header, if the page scrolled too little.
  const header = document.querySelector("[data-testid=stHeader]");
  const hidden = (element) => {
    const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
    if (!width || !height || header.contains(element)) return false;
    const [x, y] = [(Math.max(0, left) + Math.min(innerWidth, right)) / 2, (Math.max(0, top) + Math.min(innerHeight, bottom)) / 2];
    return header.contains(document.elementFromPoint(x, y)) || bottom <= 0 || top >= innerHeight || right <= 0 || left >= innerWidth;
  };
  // Tab leads into a group at what is chosen there.
  const besideTheChosen = (element) => {
    const group = element.matches("[role=radio]") && element.closest("[role=radiogroup]");
    return Boolean(group) && element.ariaChecked !== "true" && Boolean(group.querySelector("[aria-checked=true]"));
  };
  const invisible = (element) => element.matches("button, a") && !element.checkVisibility({ opacityProperty: true });
  // Streamlit's ring, half transparent, has less than 3:1.
  const isFaint = (element) => {
    const { outlineStyle, boxShadow } = getComputedStyle(element);
    return element.matches("button, a, summary") && outlineStyle === "none" && boxShadow.includes("0.5)");
  };
  const faults = (element) => [
    ...(isFaint(element) ? ["faint"] : []),
    ...(hidden(element) ? ["hidden"] : []),
    ...(invisible(element) ? ["invisible"] : []),
    ...(besideTheChosen(element) ? ["beside the chosen"] : []),
    ...(element.matches("main") ? ["no control"] : []),
  ].map((fault) => `${fault}: ${told(element)}`);

  const before = { element: null, look: "" };
  const met = new Set();
  // What scrolls has no name to tell, and a table's canvas speaks through the grid inside it.
  const nameless = (element) => element.tabIndex < 0 || element.matches(".stDataFrame canvas");
  window.walk = {
    held,
    // Called after each Tab: where it led, and the element left behind if its look did not change with the focus.
    step() {
      const now = held();
      const left = before.element !== now && before.element?.isConnected;
      const unseen = left && !sameFrame(before.element, now) && look(before.element) === before.look ? told(before.element) : null;
      Object.assign(before, { element: now, look: now ? look(now) : "" });
      const around = met.size > 1 && met.values().next().value === now;
      if (now) met.add(now);
      const wrong = now && !around ? faults(now) : [];
      return { unseen, around, wrong, at: now && told(now), needsName: Boolean(now) && !nameless(now) };
    },
    // What can have the focus, is on the page, and was never met.
    missed() {
      // Of a group, Tab reaches one; the arrow keys lead on.
      const group = (one) => one.closest("[role=radiogroup], [role=toolbar]");
      const alike = (one, other) => (group(one) ? group(one) === group(other) : one.type === "radio" && one.name === other.name);
      const metGroup = (one) => [...met].some((each) => alike(one, each));
      return inside(document.querySelector("[data-testid=stApp]"))
        .filter((each) => each.matches("a[href], button, input, select, textarea, summary, [tabindex]"))
        .filter((each) => each.tabIndex >= 0 && !each.disabled && shown(each) && !each.closest("[inert], [aria-hidden=true]"))
        .filter((each) => !met.has(each) && !metGroup(each))
        .map(told);
    },
    // Drawings and pictures that nobody who does not see them hears of.
    silent() {
      const named = (each) => each.getAttribute("aria-label") || each.getAttribute("aria-labelledby") || each.getAttribute("alt");
      const spoken = (each) => {
        for (let at = each; at && !at.matches("[data-testid=stElementContainer]"); at = up(at))
          if (at.getAttribute("aria-hidden") === "true" || named(at)) return true;
        return false;
      };
      return inside(document.querySelector("[data-testid=stMain]"))
        .filter((each) => each.matches("svg, canvas, img, [role=img]") && !up(each).closest("svg, .stDataFrame") && shown(each))
        .filter((each) => !each.matches("svg") || (each.clientWidth > ICON && each.clientHeight > ICON))
        .filter((each) => !each.matches("img[alt='']") && !spoken(each))
        .map(told);
    },
  };
}
