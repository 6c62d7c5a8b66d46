// At a stop the whole figure has to be on the screen and fill it: what it is too tall by is taken off its plots, whose
// heights in lecture_mode.css read --over, and what is free below is added to them.
const OVER = "--over";
const TRIES = 40;
const STEP = 16; // in pixels: what is still large enough does not move at once, and must not shrink for that
const style = document.documentElement.style;

// What stands under a figure names it; in a lecture only the figure is shown, and what belongs `with` it.
function firstFigure() {
  for (const under of document.querySelectorAll("[class*='st-key-under-']")) {
    const name = under.className.match(/st-key-under-(\S+)/)?.[1] ?? "";
    const figure = document.querySelector(`.st-key-${CSS.escape(name)}`);
    if (figure?.checkVisibility({ visibilityProperty: true }))
      return document.querySelector(`.st-key-with-${CSS.escape(name)}`) ?? figure;
  }
  return null;
}

/**
 * Let the stop's first figure fill the screen and stay whole on it, from the moment at which `step` is shown until another one is.
 *
 * @param {any} root where it is remembered
 * @param {number | null} step
 */
export function keepWhole(root, step) {
  if (root.fitted === step) return;
  root.fitted = step;
  root.fitting?.abort();
  style.removeProperty(OVER);
  if (step === null) return;
  const fitting = (root.fitting = new AbortController());
  let over = 0;
  let tries = 0;
  let before = /** @type {{ over: number, bottom: number } | null} */ (null); // while it grows
  let grows = true;
  const set = (value) => {
    over = value;
    style.setProperty(OVER, `${over.toFixed(1)}px`);
  };
  const fit = () => {
    const figure = firstFigure();
    const scroller = document.querySelector("[data-testid=stMain]");
    if (!figure || !scroller || tries >= TRIES) return;
    const zoom = figure.currentCSSZoom ?? 1;
    const bottom = figure.getBoundingClientRect().bottom + scroller.scrollTop;
    const tooTall = bottom - innerHeight;
    if (before && bottom <= before.bottom + 1) {
      set(before.over); // nothing in it grows, or it is not drawn yet: then its size will change
      before = null;
      return;
    }
    if (tooTall > 1) {
      if (before) grows = false; // more than it was given
      set(over + Math.min(tooTall, STEP) / zoom);
    } else if (grows && -tooTall > STEP && figure.getBoundingClientRect().height) {
      before = { over, bottom };
      set(over + tooTall / zoom);
      tries += 1;
      requestAnimationFrame(fit);
      return;
    } else return;
    before = null;
    tries += 1;
    requestAnimationFrame(fit);
  };
  const again = () => {
    over = tries = 0;
    before = null;
    grows = true;
    style.removeProperty(OVER);
    fit();
  };
  const observer = new ResizeObserver(fit);
  const page = document.querySelector(".stMainBlockContainer");
  if (page) observer.observe(page);
  window.addEventListener("resize", again, { signal: fitting.signal });
  fitting.signal.addEventListener("abort", () => observer.disconnect());
}
