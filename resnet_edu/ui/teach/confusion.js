// What each class was taken for. A cell opens its pictures; pressed again, it closes them.
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  root.querySelector("p").textContent = data.labels.caption;
  root.querySelector("table").setAttribute("aria-label", data.labels.caption);
  const made = (tag, text, scope) => Object.assign(document.createElement(tag), { textContent: text, scope });
  const shown = JSON.stringify([data.names, data.counts, data.labels]);
  if (root.dataset.shown !== shown) {
    root.dataset.shown = shown; // else the focus stays where it is
    root
      .querySelector("thead tr")
      .replaceChildren(document.createElement("td"), ...data.names.map((name) => made("th", name, "col")));
    root.querySelector("tbody").replaceChildren(
      ...data.names.map((name, row) => {
        const line = document.createElement("tr");
        const all = Math.max(
          1,
          data.counts[row].reduce((sum, count) => sum + count, 0),
        );
        line.append(made("th", name, "row"));
        data.counts[row].forEach((count, column) => {
          const button = made("button", String(count));
          button.type = "button";
          button.dataset.cell = `${row}-${column}`;
          button.className = row === column ? "right" : "wrong";
          button.style.setProperty("--share", String(count / all));
          button.disabled = count === 0;
          button.setAttribute("aria-label", `${name} → ${data.names[column]}${data.marks.colon}${count}`);
          const cell = document.createElement("td");
          cell.append(button);
          line.append(cell);
        });
        return line;
      }),
    );
  }
  const buttons = [...root.querySelectorAll("button")];
  const mark = (chosen) =>
    buttons.forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.cell === chosen));
    });
  mark(data.chosen);
  buttons.forEach((button) => {
    button.onclick = () => {
      const chosen = button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.cell;
      mark(chosen);
      setStateValue("cell", chosen);
    };
  });
}
