// Tells the browser, and with it a screen reader, which language the page speaks, and what Streamlit leaves unsaid in it;
// and leads whoever has followed a link to the figure that it changed.
const SCROLL_SIDEWAYS_ON_PHONES = ".st-key-comparison";
const FLASH_MS = 1600;
const SETTLE_MS = 2500;

let cameBack = false;
addEventListener("popstate", () => (cameBack = true));

// Figures above may still be growing: until they have, the section is looked for again, unless the reader scrolls.
function lead(section) {
  const reading = new AbortController();
  for (const name of ["wheel", "touchstart", "pointerdown", "keydown"])
    addEventListener(name, () => reading.abort(), { signal: reading.signal, capture: true, passive: true });
  const until = performance.now() + SETTLE_MS;
  /** @type {HTMLElement | null} */
  let flashed = null;
  document.documentElement.dataset.leading = section; // nobody else scrolls meanwhile
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

export default function ({ data }) {
  document.documentElement.lang = data.language;
  document.querySelector("[data-testid=stMain]")?.setAttribute("aria-label", data.main);
  for (const link of document.querySelectorAll("[data-testid=stSkipToContent]")) link.textContent = data.skip;
  const { dataset } = document.documentElement;
  if (dataset.arrival !== `${data.arrival}`) {
    dataset.arrival = data.arrival;
    if (data.show && !cameBack) lead(data.show);
    cameBack = false;
  }
  if (!matchMedia("(max-width: 640px)").matches) return;
  for (const wide of document.querySelectorAll(SCROLL_SIDEWAYS_ON_PHONES))
    Object.assign(wide, { tabIndex: 0, role: "group", ariaLabel: data.wide });
}
