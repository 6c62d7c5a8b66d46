// The switch of lecture mode. In it the keys that a presenter's remote sends turn the pages, and Escape ends it.
const ASKS = { ArrowRight: "next", PageDown: "next", ArrowLeft: "previous", PageUp: "previous", Escape: "leave" };
const SIGNS = { previous: "‹", next: "›", leave: "✕" };

// A control with the focus keeps the keys that it uses itself.
const MOVES =
  "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [role=slider], [role=combobox], [role=listbox], [role=menu], [role=grid]";
const OPEN = "[role=combobox][aria-expanded=true], [role=listbox], [role=menu], [role=dialog]";
const keepers = (key) => {
  if (key === "Escape") return OPEN;
  return key.startsWith("Arrow") ? `${MOVES}, [type=radio], [role=radio], [role=tab]` : MOVES;
};
const scrolls = (element) => element !== document.body && element.scrollWidth > element.clientWidth;

// Another page begins where it begins, not where its reader was on the page before.
const beginAtTheTop = (place) => {
  const { dataset } = document.documentElement;
  if (dataset.place && dataset.place !== place) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  dataset.place = place;
};

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  beginAtTheTop(data.place);
  root.querySelector(".place").textContent = data.place;
  root.querySelector(".place").hidden = !data.on;
  for (const button of root.querySelectorAll("button")) {
    const { asks } = button.dataset;
    button.hidden = data.on === (asks === "enter");
    button.textContent = SIGNS[asks] ?? data.labels[asks];
    button.title = data.labels[asks];
    button.setAttribute("aria-label", data.labels[asks]);
    button.onclick = () => setTriggerValue("asked", asks);
  }

  const turn = (event) => {
    const asks = ASKS[event.key];
    const [focused] = event.composedPath();
    if (!asks || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (focused.closest(keepers(event.key)) || (event.key.startsWith("Arrow") && scrolls(focused))) return;
    event.preventDefault();
    setTriggerValue("asked", asks);
  };
  root.listening?.abort();
  const listening = (root.listening = new AbortController());
  if (data.on) document.addEventListener("keydown", turn, { signal: listening.signal });
  return () => listening.abort();
}
