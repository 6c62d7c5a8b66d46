// Rows of maps over one picture: one a stage, or one a step of forgetting. Each in the colours of its own range.
export default function render({ data, parentElement }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const { side } = data;
  root.setAttribute("aria-label", data.label);
  const head = (text, scope) => Object.assign(document.createElement("th"), { textContent: text, scope });
  const single = data.rows.length === 1;
  root.querySelector("thead tr").replaceChildren(
    ...(single ? [] : [document.createElement("td")]),
    ...data.titles.map((title) => head(title, "col")),
  );
  const painters = [];
  root.querySelector("tbody").replaceChildren(
    ...data.rows.map((row) => {
      const line = document.createElement("tr");
      if (!single) line.append(head(row.title, "row"));
      row.cells.forEach((cell, index) => {
        const place = document.createElement("td");
        const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
        canvas.classList.toggle("coarse", side <= 64);
        canvas.classList.toggle("large", single);
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", [row.title, data.titles[index], cell.note].filter(Boolean).join(", "));
        place.append(canvas);
        if (cell.note) place.append(Object.assign(document.createElement("span"), { textContent: cell.note }));
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
  const seen = Object.assign(new Image(), { src: data.picture });
  seen.decode().then(() => painters.forEach((paint) => paint(seen)));
}
