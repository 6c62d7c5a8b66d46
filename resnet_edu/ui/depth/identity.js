// A trained net with k insertions: the recorded test error by k on the left, two nets' answers to the sample pictures
// on the right. The data for every k is here, so a drag redraws without the server.
import { onResize, Plot, polyline } from "../components/plot.js";
import { element, nearestOf } from "../components/scales.js";
import { opened } from "../components/section.js";
import { held, reading, slider } from "../components/slider.js";

const NETS = ["residual", "plain"];
const MARGIN = { left: 52, right: 16, top: 8, bottom: 44 };
const TOP = 100; // percent

export default function render(component) {
  const { data, root, find, words, marks, state, setStateValue } = opened(component);
  const input = find("input");
  const inserted = held(root, "k", data.k);

  const chart = find(".errors > svg");
  const percent = (value) => `${value.toFixed(1)}%`;
  const text = (name, content) => Object.assign(document.createElement(name), { textContent: content });

  // The parts that only new data, another language or another width changes.
  const key = JSON.stringify([
    chart.clientWidth,
    chart.clientHeight,
    words,
    data.curves,
    data.pictures.map((picture) => picture.id),
  ]);
  if (state.key !== key) {
    state.key = key;
    const plot = new Plot(chart, MARGIN, { x: (k) => k / data.most, y: (error) => error / TOP, size: [600, 250] });
    for (let error = 0; error <= TOP; error += 20) plot.level(error, `${error}%`);
    for (let k = 0; k <= data.most; k += 10) plot.under(k, plot.x(k));
    plot.under(words.axis, (plot.left + plot.right) / 2, "middle", 1);
    plot.rule(data.chance, "chance");
    plot.text(words.chance, plot.right, plot.y(data.chance) - 5, "end");
    const until = element("clipPath", { id: "reached" }, element("defs", {}, chart));
    state.clip = element("rect", { x: 0, y: 0, width: 0, height: chart.clientHeight || 250 }, until);
    const drawn = element("g", { "clip-path": "url(#reached)" }, chart);
    for (const curve of data.curves) {
      const line = polyline(curve.points.map(([k, mean]) => [plot.x(k), plot.y(mean)]));
      element("path", { class: `line ${curve.weight} ${curve.family}`, d: line, "data-insert": curve.insert }, drawn);
      const range = curve.points.map(([k, , ...ends]) => polyline(ends.map((each) => [plot.x(k), plot.y(each)])));
      element("path", { class: `range ${curve.family}`, d: range.join("") }, drawn);
    }
    state.guide = element("path", { class: "guide" }, chart);
    state.dots = data.curves.map((curve) =>
      element("circle", { class: `dot ${curve.family}`, r: curve.weight === "thick" ? 7 : 4.5 }, chart),
    );
    state.plot = plot;

    find("thead tr").replaceChildren(
      ...words.columns.map((content) => Object.assign(text("th", content), { scope: "col" })),
    );
    state.cells = data.curves.map((curve) => {
      const row = Object.assign(document.createElement("tr"), { className: curve.family });
      const head = Object.assign(document.createElement("th"), { scope: "row" });
      const sample = element("svg", { "aria-hidden": "true" }, head);
      element("path", { class: `line ${curve.weight}`, d: "M0 6H44" }, sample);
      head.append(curve.name);
      const cell = document.createElement("td");
      row.append(head, cell);
      return { row, cell };
    });
    find("tbody").replaceChildren(...state.cells.map(({ row }) => row));
    state.cards = data.pictures.map((picture) => {
      const card = document.createElement("li");
      card.dataset.picture = picture.id;
      const image = Object.assign(document.createElement("img"), { src: picture.source, alt: picture.title });
      const said = Object.fromEntries(
        NETS.map((net) => [net, Object.assign(document.createElement("span"), { className: `said ${net}` })]),
      );
      card.append(image, ...NETS.map((net) => said[net]));
      return { card, said };
    });
    find("ul").replaceChildren(...state.cards.map(({ card }) => card));
    find("ul").setAttribute("aria-label", words.answers);
    find(".errors .title").textContent = words.errors;
    find(".answers .title").textContent = words.answers;
  }

  function drawAnswers(net) {
    const live = data.live[net];
    const k = inserted.value;
    state.cards.forEach(({ said }, index) => {
      if (!live) {
        said[net].textContent = "…";
        return;
      }
      const name = data.classes[live.classes[k][index]];
      said[net].replaceChildren(text("b", name), ` ${Math.round(100 * live.shares[k][index])}%`);
      said[net].classList.toggle("other", live.classes[k][index] !== live.classes[0][index]);
    });
    const same = live ? live.classes[k].filter((each, index) => each === live.classes[0][index]).length : "…";
    const sentence = words.same[net].replace("{same}", same).replace("{all}", data.pictures.length);
    find(`.summary .${net}`).textContent = sentence;
    return sentence;
  }

  function draw() {
    const k = inserted.value;
    const { x, y, top, bottom } = state.plot;
    const recorded = nearestOf(
      data.curves[0].points.map(([at]) => at),
      k,
    );
    state.reached = Math.max(state.reached ?? 0, k); // the curves appear with the drag, so readers predict first
    state.clip.setAttribute("width", state.reached ? x(state.reached) : 0); // at 0 the width of a steep line would tell
    state.guide.setAttribute("d", `M${x(k)} ${top}V${bottom}`);
    const errors = data.curves.map((curve, index) => {
      const [, mean, least, most] = curve.points.find(([at]) => at === recorded);
      state.dots[index].setAttribute("cx", x(recorded));
      state.dots[index].setAttribute("cy", y(mean));
      const told =
        least === most
          ? percent(mean)
          : `${percent(mean)}${marks.opening}${least.toFixed(1)}–${most.toFixed(1)}${marks.closing}`;
      const { cell } = state.cells[index];
      cell.replaceChildren(text("b", percent(mean)), told.slice(percent(mean).length));
      return `${curve.name}${marks.colon}${told}`;
    });
    find("thead th:last-child").textContent = words.columns.at(-1).replace("{k}", recorded);
    for (const net of NETS) {
      const { layers, parameters, layersEach, parametersEach } = data.sizes[net];
      find(`.sizes .${net}`).textContent = words.sizes[net]
        .replace("{k}", k)
        .replace("{layers}", layers + k * layersEach)
        .replace("{parameters}", (parameters + k * parametersEach).toLocaleString("en"));
    }
    const answers = NETS.map(drawAnswers);
    reading(input, `k = ${k}`, [`k = ${k}`, answers.join(marks.sentence)].join(marks.stop));
    chart.setAttribute("role", "img");
    chart.setAttribute(
      "aria-label",
      [
        words.errors,
        `${words.columns.at(-1).replace("{k}", recorded)}${marks.colon}${errors.join(marks.clause)}`,
        words.chance,
      ].join(marks.stop),
    );
    root.dataset.k = k;
    root.dataset.reached = state.reached;
    root.dataset.recorded = recorded;
  }

  input.max = data.most;
  slider(input, inserted, { draw, label: words.k, tell: (k) => setStateValue("k", k) });
  draw();
  return onResize(root, [chart], () => render(component));
}
