// A list of the page's sections that is always in reach, created from the current headings whenever it is opened.
const HEADINGS = "[data-testid=stMain] h2[id]";
const FOLDS = "[data-testid=stMain] .folds > button"; // of a long page on a phone: frame.folded
const HANDS = ["pointerdown", "touchstart", "wheel", "keydown"];

/** Open the section at which a page opens, and stay there while it is drawn, until the reader scrolls or clicks. */
function stayAt(id, unfold) {
  const main = document.querySelector("[data-testid=stMainBlockContainer]");
  const go = () => {
    unfold();
    document.getElementById(id)?.scrollIntoView();
  };
  const observer = new ResizeObserver(go);
  if (main) observer.observe(main);
  for (const hand of HANDS) addEventListener(hand, () => observer.disconnect(), { once: true, capture: true });
}

const nameOf = (button) => button.parentElement.querySelector("h2").id;

/** The run that follows a click makes the button anew: give the new one the focus. */
function keepFocus(button) {
  const section = button.closest("[class*=st-key-section-]");
  const observer = new MutationObserver(() => {
    if (button.isConnected) return;
    observer.disconnect();
    if (document.activeElement === document.body)
      section.querySelector(".folds button")?.focus({ preventScroll: true });
  });
  observer.observe(section, { childList: true, subtree: true });
  return observer;
}

export default function ({ data, parentElement, setStateValue }) {
  const nav = parentElement.querySelector("nav");
  const [button, list] = [nav.querySelector("button"), nav.querySelector("ul")];
  const fold = (button, open) => {
    button.setAttribute("aria-expanded", String(open));
    const opened = [...document.querySelectorAll(`${FOLDS}[aria-expanded=true]`)].map(nameOf);
    setStateValue("open", opened.join());
  };
  const unfoldLinked = () => {
    const linked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const button = linked?.parentElement?.querySelector(":scope > [aria-expanded=false]");
    if (button?.checkVisibility()) fold(button, true); // only a phone folds
  };
  nav.setAttribute("aria-label", data.label);
  button.setAttribute("aria-label", data.label);
  button.title = data.label;
  if (nav.page !== location.pathname) {
    nav.page = location.pathname;
    if (location.hash) stayAt(decodeURIComponent(location.hash.slice(1)), unfoldLinked);
  }

  const link = (text, href) => {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("a"), { href, textContent: text }));
    return item;
  };
  const show = (open) => {
    list.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const headings = [...document.querySelectorAll(HEADINGS)];
    const sections = headings.map((heading) => link(heading.textContent.trim(), `#${heading.id}`));
    list.replaceChildren(link(data.top, "#stMain"), ...sections);
  };
  show(false);
  button.onclick = () => show(list.hidden);
  list.onclick = (event) => {
    const chosen = event.target.closest("a");
    if (!chosen) return;
    show(false);
    if (chosen.hash !== "#stMain") return;
    event.preventDefault();
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  };

  nav.listening?.abort();
  const { signal } = (nav.listening = new AbortController());
  const leave = (event) => {
    if (list.hidden || event.composedPath().includes(nav)) return;
    show(false);
  };
  document.addEventListener("pointerdown", leave, { signal });
  addEventListener("hashchange", unfoldLinked, { signal });
  const onFold = ({ target }) => {
    if (!target.matches?.(FOLDS)) return;
    nav.kept?.disconnect();
    nav.kept = keepFocus(target);
    fold(target, target.ariaExpanded !== "true");
  };
  document.addEventListener("click", onFold, { signal });
  // A run that ends while the button is held makes it anew, and then no click follows a mouse; a finger's does.
  const press = ({ target }) => {
    nav.pressed = target.matches?.(FOLDS) ? target : null;
  };
  const release = ({ target, pointerType }) => {
    if (pointerType !== "mouse" || !nav.pressed || nav.pressed.isConnected || !target.matches?.(FOLDS)) return;
    if (nameOf(nav.pressed) === nameOf(target)) onFold({ target });
  };
  document.addEventListener("pointerdown", press, { signal });
  document.addEventListener("pointerup", release, { signal });
  nav.onkeydown = (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    event.preventDefault();
    show(false);
    button.focus();
  };
  return () => nav.listening.abort();
}
