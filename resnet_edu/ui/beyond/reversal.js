// Two encoders that learn to reverse a sequence: their answers, attention maps and accuracy at every recorded step. All
// steps are here, so a drag redraws without the server.
import { put } from "../components/announce.js";
import { bytes, gradientOf, paintValues, sequential } from "../components/colours.js";
import { onResize, Plot, polyline } from "../components/plot.js";
import { element, nearestOf } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const KINDS = { without: "without", shortcuts: "with" };
const NETS = Object.keys(KINDS);
const BOX = { left: 56, right: 14, top: 8, bottom: 26 };
const FULL = 255; // the byte that stands for an attention weight of 1

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  const input = find("input");
  const wanted = held(root, "position", data.position);
  if (state.text !== data.race) Object.assign(state, { text: data.race, race: JSON.parse(data.race) });
  const { race } = state;
  const { steps, length } = race;
  const last = steps.at(-1);
  const step = () => nearestOf(steps, wanted.value);
  const percent = (share) => `${(100 * share).toFixed(0)}%`;

  function made(name, className, text = "") {
    return Object.assign(document.createElement(name), { className, textContent: text });
  }

  function row(title, digits) {
    const line = made("div", "digits");
    line.append(made("span", "", title), ...digits.map((digit) => made("b", "", `${digit}`)));
    return line;
  }

  const svg = find(".chart svg");
  const key = JSON.stringify([svg.clientWidth, svg.clientHeight, words, state.text]);
  if (state.key !== key) {
    state.key = key;
    root.style.setProperty("--length", length);
    for (const net of NETS) {
      const place = find(`.${KINDS[net]}`);
      const head = made("p", "head");
      head.append(made("span", "name", words[net]), made("b", "right"), made("span", "said"));
      const maps = made("div", "maps");
      for (let layer = 1; layer <= race.layers; layer += 1) {
        const figure = made("figure", "");
        figure.append(document.createElement("canvas"), made("figcaption", "", `${words.layer} ${layer}`));
        maps.append(figure);
      }
      const answer = row(words.answer, race.sequence);
      answer.classList.add("answer");
      place.replaceChildren(head, row(words.sequence, race.sequence), answer, maps);
    }
    const plot = new Plot(svg, BOX, { x: (at) => at / last, y: (share) => share, size: [800, 190], below: 19 });
    for (const share of [0, 0.5, 1]) plot.level(share, percent(share));
    for (const at of [0, last / 3, (2 * last) / 3, last]) plot.under(Math.round(at), plot.x(at));
    for (const net of NETS)
      race.seeds[net].forEach((shares, seed) => {
        const look = `line ${KINDS[net]} ${seed === data.seed ? "chosen" : ""}`;
        const d = polyline(shares.map((share, index) => [plot.x(steps[index]), plot.y(share)]));
        element("path", { class: look, d }, svg);
      });
    state.guide = element("path", { class: "guide" }, svg);
    state.dots = {};
    for (const net of NETS) state.dots[net] = element("circle", { class: `dot ${KINDS[net]}`, r: 6 }, svg);
    state.plot = plot;
    find(".legend i").style.background = gradientOf(false);
    put(find(".from"), `${words.scale}${marks.colon}0`);
    put(find(".to"), "1");
    put(find(".axis"), words.axis);
  }
  const { plot } = state;

  function draw() {
    const index = steps.indexOf(step());
    const told = NETS.map((net) => {
      const { loss, accuracy, answer, attention } = race.nets[net];
      const place = find(`.${KINDS[net]}`);
      put(place.querySelector(".right"), percent(accuracy[index]));
      put(place.querySelector(".said"), `${words.right} · ${words.loss} ${loss[index].toFixed(2)}`);
      const cells = place.querySelectorAll(".answer b");
      const right = answer[index].filter((digit, at) => {
        const is = digit === race.sequence[length - 1 - at];
        cells[at].className = is ? "found" : "wrong";
        put(cells[at], `${digit}`);
        return is;
      }).length;
      const levels = bytes(attention[index]);
      place.querySelectorAll("canvas").forEach((canvas, layer) => {
        const map = levels.slice(layer * length * length, (layer + 1) * length * length);
        paintValues(canvas, map, length, (level) => sequential(level / FULL));
        const strongest = [...Array(length).keys()].map((at) => {
          const weights = [...map.slice(at * length, (at + 1) * length)];
          return weights.indexOf(Math.max(...weights)) + 1;
        });
        canvas.setAttribute("role", "img");
        canvas.setAttribute(
          "aria-label",
          [
            `${words[net]}${marks.item}${words.layer} ${layer + 1}`,
            `${words.looks} ${strongest.join(marks.item)}`,
          ].join(marks.stop),
        );
      });
      state.dots[net].setAttribute("cx", plot.x(step()));
      state.dots[net].setAttribute("cy", plot.y(accuracy[index]));
      return `${words[net]} ${percent(accuracy[index])}${marks.opening}${right}/${length}${marks.closing}`;
    }).join(marks.item);
    state.guide.setAttribute("d", `M${plot.x(step())} ${plot.top}V${plot.bottom}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", [words.axis, `${words.step} ${step()}`, told].join(marks.stop));
    reading(input, step(), [step(), told].join(marks.stop));
    root.dataset.step = step();
  }

  input.max = steps.length - 1;
  slider(input, wanted, {
    draw,
    label: words.step,
    tell: (chosen) => setStateValue("position", chosen),
    read: (at) => steps[at],
    place: () => steps.indexOf(step()),
  });
  draw();
  return onResize(root, [svg], () => render(component));
}
