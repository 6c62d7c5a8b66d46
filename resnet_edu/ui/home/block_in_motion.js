// A residual block in motion: the signal forward, the gradient backward by two ways.
// Still for readers who ask for reduced motion, until they press play.
export default function ({ data, parentElement }) {
  parentElement.querySelector("section").dataset.drawn = "";
  const svg = parentElement.querySelector("svg");
  const button = parentElement.querySelector("button");
  parentElement.querySelector("title").textContent = data.title;
  parentElement.querySelector("desc").textContent = data.description;
  for (const element of parentElement.querySelectorAll("[data-text]")) {
    element.textContent = data[element.dataset.text];
  }

  const show = (moving) => {
    svg.classList.toggle("still", !moving);
    if (moving) svg.unpauseAnimations();
    else svg.pauseAnimations();
    svg.dataset.moving = moving;
    button.textContent = moving ? data.pause : data.play;
  };
  const reduced = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  show(svg.dataset.moving ? svg.dataset.moving === "true" : !reduced);
  button.onclick = () => show(svg.dataset.moving !== "true");
}
