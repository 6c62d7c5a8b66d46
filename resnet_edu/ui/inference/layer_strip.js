// A net as a strip of its layers, a group of radio buttons in stages: click, or arrow keys and Home and End.
export default function ({ data, parentElement, setStateValue }) {
  parentElement.querySelector("section").dataset.drawn = "";
  const group = parentElement.querySelector("[role=radiogroup]");
  const told = parentElement.querySelector(".told");
  group.setAttribute("aria-label", data.label);
  group.className = data.family;
  const wanted = JSON.stringify(data.stages);
  if (group.wanted !== wanted) {
    group.wanted = wanted; // else the focus stays where it is
    group.replaceChildren(
      ...data.stages.map((stage, index) => {
        const holder = Object.assign(document.createElement("div"), { className: "stage" });
        holder.style.setProperty("--share", `${8 + (30 * index) / data.stages.length}%`);
        const row = document.createElement("div");
        for (const layer of stage.layers) {
          const button = Object.assign(document.createElement("button"), {
            type: "button",
            textContent: layer.label,
            title: layer.title,
          });
          button.dataset.layer = layer.name;
          button.setAttribute("role", "radio");
          button.setAttribute("aria-label", layer.title);
          row.append(button);
        }
        holder.append(Object.assign(document.createElement("span"), { textContent: stage.title }), row);
        return holder;
      }),
    );
  }
  const buttons = [...group.querySelectorAll("button")];
  const layers = data.stages.flatMap((stage) => stage.layers);
  const mark = (name) => {
    buttons.forEach((button) => {
      button.setAttribute("aria-checked", button.dataset.layer === name);
      button.tabIndex = button.dataset.layer === name ? 0 : -1;
    });
    const layer = layers.find((each) => each.name === name);
    told.replaceChildren(Object.assign(document.createElement("b"), { textContent: layer.title }), ` · ${layer.facts}`);
  };
  const choose = (button) => {
    mark(button.dataset.layer);
    button.focus();
    clearTimeout(group.telling); // walking through is no choice yet
    group.telling = setTimeout(() => setStateValue("layer", button.dataset.layer), 180);
  };
  mark(data.chosen);
  group.onclick = (event) => {
    const button = event.target.closest("button");
    if (button) choose(button);
  };
  group.onkeydown = (event) => {
    const last = buttons.length - 1;
    const at = buttons.indexOf(event.target.closest("button"));
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    choose(buttons[Math.min(last, Math.max(0, next))]);
  };
}
