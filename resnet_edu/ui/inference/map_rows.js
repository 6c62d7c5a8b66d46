// Rows of maps over one picture: one a stage, or one a step of forgetting. Each in the colours of its own range. Where the
// columns are layers, a map of the row that chooses is a button for its own.
import { bytes, diverging, gradientOf, paintValues, sequential } from "../components/colours.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const { chosen, ...content } = data;
  const key = JSON.stringify(content);
  if (root.key !== key) {
    root.key = key; // rebuilt only then, so that the focus is not lost
    fill(root, data);
  }
  for (const button of root.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", button.dataset.layer === chosen);
    button.onclick = () => setTriggerValue("layer", button.dataset.layer);
  }
}

function fill(root, data) {
  const { side } = data;
  root.setAttribute("aria-label", data.label);
  const made = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const head = (text, scope) => made("th", { textContent: text, scope });
  const single = data.rows.length === 1;
  root
    .querySelector("thead tr")
    .replaceChildren(
      ...(single ? [] : [document.createElement("td")]),
      ...data.titles.map((title) => head(title, "col")),
    );
  const painters = [];
  root.querySelector("tbody").replaceChildren(
    ...data.rows.map((row) => {
      const line = document.createElement("tr");
      if (!single) {
        const name = head(row.title, "row");
        name.append(made("small", { textContent: row.facts ?? "" }));
        line.append(name);
      }
      row.cells.forEach((cell, index) => {
        const place = document.createElement("td");
        const canvas = made("canvas", { width: side, height: side });
        canvas.classList.toggle("coarse", side <= 64);
        canvas.classList.toggle("large", single);
        const name = [row.title, data.titles[index], cell.note ?? cell.facts].join(data.marks.item);
        if (row.chooses) {
          const button = made("button", { type: "button" });
          button.dataset.layer = data.layers[index];
          button.setAttribute("aria-label", name);
          button.append(canvas);
          place.append(button);
        } else {
          canvas.setAttribute("role", "img");
          canvas.setAttribute("aria-label", name);
          place.append(canvas);
        }
        if (cell.note) place.append(made("span", { textContent: cell.note }));
        if (cell.facts) place.append(made("small", { textContent: cell.facts }));
        const { values, peak, limit, signed } = cell.map;
        const layer = document.createElement("canvas");
        const shares = Float32Array.from(new Int16Array(bytes(values).buffer), (level) => (level * peak) / limit);
        paintValues(layer, shares, side, signed ? diverging : sequential);
        painters.push((seen) => {
          const context = canvas.getContext("2d");
          context.globalAlpha = 1;
          if (seen) context.drawImage(seen, 0, 0, side, side);
          context.globalAlpha = data.overlay / 100;
          context.drawImage(layer, 0, 0);
        });
        line.append(place);
      });
      return line;
    }),
  );
  root.dataset.maps = painters.length;
  const kinds = new Set(data.rows.flatMap((row) => row.cells.map((cell) => cell.map.signed)));
  root.parentNode.querySelector(".legend").replaceChildren(
    ...[...kinds].map((signed) => {
      const legend = document.createElement("span");
      const bar = document.createElement("i");
      bar.style.background = gradientOf(signed);
      legend.append(signed ? "−" : "0", bar, "+");
      return legend;
    }),
    data.legend,
  );
  const seen = Object.assign(new Image(), { src: data.picture });
  seen.decode().then(() =>
    painters.forEach((paint) => {
      paint(seen);
    }),
  );
}
