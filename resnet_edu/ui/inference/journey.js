// A net from its picture to its answer: every layer's strongest map, drawn smaller as the maps shrink, with shortcuts
// as arcs over the blocks. The layers are a group of radio buttons; long stages are folded, but the chosen layer
// never is.
import { diverging, greys, paintValues, sequential } from "../components/colours.js";
import { element } from "../components/scales.js";

const LONGEST = 10; // most blocks of a stage before it is folded
const ENDS = [4, 3]; // blocks shown at the beginning and the end of a folded stage
const SMALLEST = 2.1; // rem, side of the last maps
const LARGEST = 4.6;

export default function render(component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const find = (selector) => root.querySelector(selector);
  const words = data.labels;
  const group = find(".stages");
  const layers = data.stages.flatMap((stage) => stage.layers);
  const state = (root.state ??= { open: new Set(), chosen: null });
  const { chosen, ...content } = data;
  const key = JSON.stringify(content);
  if (root.key !== key) {
    root.key = key; // rebuilt only then, so that the focus is not lost
    fill();
  }
  if (state.chosen !== chosen) {
    state.chosen = chosen;
    if (folded().some((layer) => layer.name === chosen)) fill();
  }
  mark(chosen);

  function fill() {
    find(".way").className = `way ${data.family}`;
    group.setAttribute("aria-label", words.group);
    Object.assign(find(".input img"), { src: data.seen });
    find(".input figcaption").textContent = words.input;
    find(".answer figcaption").textContent = words.answer;
    find(".answer ol").replaceChildren(
      ...data.top.map((row) => {
        const bar = document.createElement("i");
        bar.style.width = `${row.share * 100}%`;
        return made("li", {}, made("span", {}, row.name), made("span", {}, row.text), bar);
      }),
    );
    find(".legend").textContent = words.legend;
    state.painted = [];
    group.replaceChildren(...data.stages.map(stageOf));
    Promise.all(state.painted).then(() => {
      root.dataset.key = data.key;
    });
  }

  function stageOf(stage) {
    const row = made("div", { className: "blocks" });
    row.style.setProperty("--side", `${sideOf(stage).toFixed(2)}rem`);
    const hidden = hiddenOf(stage);
    stage.layers.forEach((layer, index) => {
      if (!hidden.includes(layer)) row.append(buttonOf(layer));
      else if (layer === hidden[0]) row.append(foldOf(stage, hidden.length, index));
    });
    const frame = document.createElement("i");
    const [first, end] = stage.field.map((edge) => 100 * edge);
    Object.assign(frame.style, {
      left: `${first}%`,
      top: `${first}%`,
      width: `${end - first}%`,
      height: `${end - first}%`,
    });
    const field = made("div", { className: "field" }, frame);
    field.style.backgroundImage = `url(${data.seen})`;
    field.setAttribute("role", "img");
    field.setAttribute("aria-label", words.field.replaceAll("{size}", stage.size));
    return made(
      "div",
      { className: "stage" },
      made("b", {}, stage.title),
      made("small", {}, stage.facts),
      row,
      made("div", { className: "sees" }, field, stage.sees),
    );
  }

  function buttonOf(layer) {
    const canvas = document.createElement("canvas");
    const button = made("button", { type: "button", title: layer.title }, canvas, made("span", {}, layer.label));
    button.dataset.layer = layer.name;
    button.classList.toggle("off", layer.off);
    button.classList.toggle("bare", !layer.label.match(/^\d+$/));
    button.setAttribute("role", "radio");
    button.setAttribute("aria-label", layer.off ? `${layer.title}${data.marks.item}${words.off}` : layer.title);
    if (layer.arc) {
      const over = element(
        "svg",
        { viewBox: "0 0 100 20", preserveAspectRatio: "none", "aria-hidden": "true" },
        button,
      );
      element("path", { class: `arc ${layer.arc}`, d: "M2 20C2 -4 98 -4 98 20" }, over);
    }
    state.painted.push(
      greys(layer.picture).then(({ width, values }) => {
        const end = layer.low < 0 ? Math.max(-layer.low, layer.high) : layer.high;
        const value = (grey) => (layer.low + (grey / 255) * (layer.high - layer.low)) / (end || 1);
        paintValues(canvas, values, width, (grey) => (layer.low < 0 ? diverging : sequential)(value(grey)));
      }),
    );
    return button;
  }

  // Pictures shrink with the maps from the first to the last, by the same amount per halving.
  function sideOf(stage) {
    const sides = data.stages.map((each) => each.side);
    const [least, most] = [Math.min(...sides), Math.max(...sides)];
    const share = most > least ? Math.log(stage.side / least) / Math.log(most / least) : 1;
    return SMALLEST + (LARGEST - SMALLEST) * share;
  }

  function hiddenOf(stage) {
    if (stage.layers.length <= LONGEST || state.open.has(stage.stage)) return [];
    const hidden = stage.layers.slice(ENDS[0], -ENDS[1]);
    return hidden.some((layer) => layer.name === state.chosen) ? [] : hidden;
  }

  function folded() {
    return data.stages.flatMap((stage) =>
      stage.layers.length > LONGEST && !state.open.has(stage.stage) ? stage.layers.slice(ENDS[0], -ENDS[1]) : [],
    );
  }

  function foldOf(stage, count, index) {
    const button = made("button", { type: "button", className: "fold" }, "…", words.fold.replace("{count}", count));
    button.setAttribute("aria-label", `${stage.title}${data.marks.colon}${words.unfold.replace("{count}", count)}`);
    button.onclick = (event) => {
      event.stopPropagation();
      state.open.add(stage.stage);
      fill();
      mark(state.marked);
      group.querySelector(`[data-layer="${stage.layers[index].name}"]`).focus();
    };
    return button;
  }

  function mark(name) {
    state.marked = name;
    const buttons = [...group.querySelectorAll("[role=radio]")];
    const shown = buttons.some((button) => button.dataset.layer === name) ? name : layers[0].name;
    for (const button of buttons) {
      button.setAttribute("aria-checked", button.dataset.layer === name);
      button.tabIndex = button.dataset.layer === shown ? 0 : -1;
    }
    const layer = layers.find((each) => each.name === name);
    const news = made(
      "p",
      {},
      ...(layer
        ? [made("b", {}, layer.title), ` · ${layer.facts}${layer.off ? ` · ${words.off}` : ""}`]
        : [words.choose]),
    );
    const told = find(".told");
    if (told.textContent !== news.textContent) told.replaceChildren(...news.childNodes); // else not announced
  }

  function choose(button) {
    find(".told").setAttribute("aria-live", "polite"); // announced only after a choice, not when the page shows it
    mark(button.dataset.layer);
    button.focus();
    clearTimeout(group.telling); // moving through the layers is not a choice yet
    group.telling = setTimeout(() => setStateValue("layer", button.dataset.layer), 180);
  }
  group.onclick = (event) => {
    const button = event.target.closest("[role=radio]");
    if (button) choose(button);
  };
  group.onkeydown = (event) => {
    const buttons = [...group.querySelectorAll("[role=radio]")];
    const at = buttons.indexOf(event.target.closest("[role=radio]"));
    if (at < 0) return;
    const last = buttons.length - 1;
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    choose(buttons[Math.min(last, Math.max(0, next))]);
  };
}

function made(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}
