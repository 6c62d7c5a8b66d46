// At a stop the whole figure has to be on the screen: what it is too tall by is taken off its plots, whose heights in
// lecture_mode.css read --over.
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
 * Keep the stop's first figure whole on the screen, from the moment at which `step` is shown until another one is.
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
  const fit = () => {
    const figure = firstFigure();
    const scroller = document.querySelector("[data-testid=stMain]");
    if (!figure || !scroller || tries >= TRIES) return;
    const tooTall = figure.getBoundingClientRect().bottom + scroller.scrollTop - innerHeight;
    if (tooTall <= 1) return;
    tries += 1;
    over += Math.min(tooTall, STEP) / (figure.currentCSSZoom ?? 1);
    style.setProperty(OVER, `${over.toFixed(1)}px`);
    requestAnimationFrame(fit);
  };
  const again = () => {
    over = tries = 0;
    style.removeProperty(OVER);
    fit();
  };
  const observer = new ResizeObserver(fit);
  const page = document.querySelector(".stMainBlockContainer");
  if (page) observer.observe(page);
  window.addEventListener("resize", again, { signal: fitting.signal });
  fitting.signal.addEventListener("abort", () => observer.disconnect());
}
