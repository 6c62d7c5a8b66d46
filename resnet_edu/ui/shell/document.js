import { rename } from "../components/names.js";

// Tells the browser, and so screen readers, the page's language and names that Streamlit leaves out, and scrolls to
// the figure that a followed link has changed.
const SCROLLERS = [
  ".wide",
  ".st-key-comparison",
  "[data-testid=stMarkdownContainer]:has(> table)",
  ".stCode pre",
  ".katex-display",
].join();
const TABLES = "[data-testid=stMarkdownContainer] > table, .stDataFrame [role=grid]";
const NO_TEXT = "code, style, script, textarea, svg, .katex";
const BREAKS =
  /(?<=\d) (?=(?:ms|s|h|px|[KMG]i?B|[kMGTB])(?![\p{L}\d])|[万亿])|(?<=§) (?=\d)|(?<=\d) (?=× \d)|(?<=\d ×) (?=\d)/gu;
const LINKS = "[data-testid=stPageLink-NavLink]";
const LOST = "[data-testid=stApp]:not([data-test-connection-state=CONNECTED])";
const SECTIONS = "[data-testid=stMain] :is(h1, h2)";

const FLASH_MS = 1600;
const SETTLE_MS = 2500;

let cameBack = false;
addEventListener("popstate", () => {
  cameBack = true;
});

/**
 * Scroll to a section repeatedly, because figures above it may still be growing, until they settle or the reader
 * scrolls.
 */
function lead(section) {
  const reading = new AbortController();
  for (const name of ["wheel", "touchstart", "pointerdown", "keydown"])
    addEventListener(name, () => reading.abort(), { signal: reading.signal, capture: true, passive: true });
  const until = performance.now() + SETTLE_MS;
  /** @type {HTMLElement | null} */
  let flashed = null;
  document.documentElement.dataset.leading = section; // keeps lecture.js from scrolling meanwhile
  reading.signal.addEventListener("abort", () => delete document.documentElement.dataset.leading);
  const look = () => {
    if (reading.signal.aborted || performance.now() > until) return reading.abort();
    /** @type {HTMLElement | null} */
    const found = document.querySelector(`.st-key-section-${CSS.escape(section)}`);
    if (found) {
      found.scrollIntoView({ block: "start" });
      if (found !== flashed) {
        flashed = found;
        found.dataset.flash = "";
        setTimeout(() => delete found.dataset.flash, FLASH_MS);
      }
    }
    return requestAnimationFrame(look);
  };
  look();
}

/** Let an element that is too wide be scrolled by keyboard; one that fits is no tab stop. */
function letScroll(element, name) {
  const scrolls = element.scrollWidth > element.clientWidth + 1;
  const { tabIndex } = element;
  if (scrolls && tabIndex < 0)
    Object.assign(element, { tabIndex: 0, role: "group", ariaLabel: element.ariaLabel ?? name });
  if (!scrolls && tabIndex >= 0) element.removeAttribute("tabindex");
}

/** Name a table after its section. */
function nameTable(table) {
  const before = (heading) => heading.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING;
  const heading = [...document.querySelectorAll(SECTIONS)].filter(before).at(-1);
  if (heading) table.ariaLabel = heading.textContent.trim();
}

/** Name a card's "Open" link after the card's title. */
function nameLink(link, words) {
  const card = link.closest("[data-testid=stVerticalBlock]");
  const title = card?.querySelector("h3");
  if (title && card.querySelectorAll(LINKS).length === 1)
    link.ariaLabel = `${link.querySelector("p").textContent}${words.colon}${title.textContent}`;
}

/** A number keeps its unit on its line: 16 GiB, 64 × 64, § 3.3. */
function bindUnits(main) {
  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = /** @type {Text} */ (texts.currentNode);
    const bound = text.data.replace(BREAKS, "\u00a0");
    if (bound !== text.data && !text.parentElement?.closest(NO_TEXT)) text.data = bound;
  }
}

function complete(words) {
  for (const element of document.querySelectorAll(SCROLLERS)) letScroll(element, words.wide);
  for (const code of document.querySelectorAll(".stCode[tabindex]")) code.removeAttribute("tabindex"); // its <pre> scrolls
  for (const table of document.querySelectorAll(TABLES)) nameTable(table);
  for (const link of document.querySelectorAll(LINKS)) nameLink(link, words);
  for (const main of document.querySelectorAll("[data-testid=stMain]")) bindUnits(main);
}

/** Keep a page that has lost its server readable: Streamlit's dialog, which we hide, would stop even its scrolling. */
function keepReadable(signal) {
  const root = document.getElementById("root");
  if (!root) return;
  const observer = new MutationObserver(() => {
    if (root.inert && document.querySelector(LOST)) root.inert = false;
  });
  observer.observe(root, { attributeFilter: ["inert"] });
  signal.addEventListener("abort", () => observer.disconnect());
}

/** Move the focus to the selected option when Tab enters a group. */
function onFocus({ target, relatedTarget }) {
  const group = target.closest?.("[role=radiogroup]");
  if (!group || group.contains(relatedTarget) || !target.matches(":focus-visible")) return;
  group.querySelector("[role=radio][aria-checked=true]")?.focus();
}

export default function ({ data, parentElement }) {
  document.documentElement.lang = data.language;
  rename(data.names);
  const main = document.querySelector("[data-testid=stMain]");
  main?.setAttribute("aria-label", data.main);
  main?.setAttribute("tabindex", "-1"); // target of the skip link, but no tab stop
  for (const link of document.querySelectorAll("[data-testid=stSkipToContent]")) link.textContent = data.skip;

  const { dataset } = document.documentElement;
  if (dataset.arrival !== `${data.arrival}`) {
    dataset.arrival = data.arrival;
    if (data.show && !cameBack) lead(data.show);
    cameBack = false;
  }

  parentElement.watching?.abort();
  const watching = (parentElement.watching = new AbortController());
  const { signal } = watching;
  let asked = 0;
  const soon = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => complete(data));
  };
  const observer = new MutationObserver(soon);
  if (main) observer.observe(main, { childList: true, characterData: true, subtree: true });
  signal.addEventListener("abort", () => observer.disconnect());
  addEventListener("resize", soon, { signal });
  document.addEventListener("toggle", soon, { signal, capture: true });
  document.addEventListener("focusin", onFocus, { signal });
  keepReadable(signal);
  complete(data);
  return () => watching.abort();
}
