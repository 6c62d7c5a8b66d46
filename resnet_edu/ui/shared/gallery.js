// Thumbnails as a group of radio buttons, operated by clicks, the arrow keys, Home and End. Where a choice adds something,
// every one counts, also the same again; keys then only move, and Enter or the space bar chooses.
const radio = (picture) => {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.id = picture.id;
  button.title = picture.title;
  button.setAttribute("role", "radio");
  button.setAttribute("aria-label", picture.title);
  const image = document.createElement("img");
  image.src = picture.source;
  image.alt = "";
  button.append(image);
  return button;
};

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const group = parentElement.querySelector("[role=radiogroup]");
  group.setAttribute("aria-label", data.label);
  const known = [...group.children].map((button) => button.title).join();
  const wanted = data.pictures.map((picture) => picture.title).join();
  if (known !== wanted) group.replaceChildren(...data.pictures.map(radio)); // redrawing loses the focus
  const buttons = [...group.children];
  const mark = (id) =>
    buttons.forEach((button) => {
      const chosen = button.dataset.id === id;
      button.setAttribute("aria-checked", chosen);
      button.tabIndex = chosen || (!id && button === buttons[0]) ? 0 : -1;
    });
  const choose = (button) => {
    mark(button.dataset.id);
    button.focus();
    (data.adds ? setTriggerValue : setStateValue)("chosen", button.dataset.id);
  };
  const move = (button) => {
    for (const each of buttons) each.tabIndex = each === button ? 0 : -1;
    button.focus();
  };
  mark(data.chosen);
  group.onclick = (event) => {
    const button = event.target.closest("button");
    if (button) choose(button);
  };
  group.onkeydown = (event) => {
    const last = buttons.length - 1;
    const at = buttons.indexOf(event.target.closest("button"));
    const next = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowDown: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      ArrowUp: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    (data.adds ? move : choose)(buttons[next]);
  };
}
