// A residual block on a row of five numbers: every number and weight can be changed, and every sum is shown.
import { held } from "../components/slider.js";
import { block } from "./row_of_numbers.js";

const ROWS = ["x", "conv1", "relu1", "residual", "sum", "output"];

export default function render(component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const words = data.labels;
  const numbers = held(root, "numbers", data.numbers);
  root.at ??= 2;
  const names = ["first", "second"];

  const made = (tag, properties = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };
  const input = (row, at, label) => {
    const field = made("input", { type: "number", step: "0.5", min: -9, max: 9, value: numbers.value[row][at] });
    field.setAttribute("aria-label", label);
    field.oninput = () => {
      const value = Number(field.value);
      if (field.value === "" || !Number.isFinite(value)) return;
      numbers.dragging = true;
      numbers.value = { ...numbers.value, [row]: numbers.value[row].with(at, Math.min(9, Math.max(-9, value))) };
      draw();
    };
    field.onchange = () => {
      field.value = numbers.value[row][at];
      numbers.tell((value) => setStateValue("numbers", value));
    };
    if (row === "x") field.onfocus = () => look(at);
    return field;
  };

  if (root.language !== JSON.stringify(words)) {
    root.language = JSON.stringify(words);
    build();
  }
  for (const row of ["x", ...names])
    root.querySelectorAll(`[data-row=${row}] input`).forEach((field, at) => {
      if (field !== parentElement.activeElement) field.value = numbers.value[row][at];
    });
  draw();

  function build() {
    root.querySelector(".weights").replaceChildren(
      ...names.map((name) => {
        const line = made("div", {}, words[name], " ");
        line.dataset.row = name;
        line.append(...numbers.value[name].map((_, at) => input(name, at, `${words[name]} ${at + 1}`)));
        return line;
      }),
    );
    root.querySelector("tbody").replaceChildren(
      ...ROWS.map((name) => {
        const [symbol, said] = words.rows[name];
        const line = made("tr", { className: name === "sum" ? "shown shortcut" : "shown" });
        line.dataset.row = name;
        line.append(made("th", { scope: "row" }, made("b", {}, symbol), said));
        for (let at = 0; at < numbers.value.x.length; at += 1) {
          const cell = made("td");
          if (name === "x") cell.append(input("x", at, `x ${at + 1}`));
          else cell.append(made("button", { type: "button", onclick: () => look(at) }));
          line.append(cell);
        }
        return line;
      }),
    );
    root.querySelector(".scroll").setAttribute("aria-label", words.table);
    for (const button of root.querySelectorAll(".buttons button")) {
      button.textContent = words[button.dataset.set];
      button.onclick = () => {
        numbers.value = button.dataset.set === "zero" ? { ...numbers.value, second: [0, 0, 0] } : data.start;
        numbers.tell((value) => setStateValue("numbers", value));
        render({ ...component, data: { ...data, numbers: numbers.value } });
      };
    }
  }

  function look(at) {
    root.at = at;
    draw();
  }

  function draw() {
    const { x, first, second } = numbers.value;
    const steps = { x, ...block(x, first, second) };
    for (const name of ROWS) {
      root.querySelectorAll(`tr[data-row=${name}] td`).forEach((cell, at) => {
        const button = cell.querySelector("button");
        if (button) {
          button.textContent = short(steps[name][at]);
          button.setAttribute(
            "aria-label",
            `${words.rows[name][0]} ${at + 1}${data.marks.colon}${short(steps[name][at])}`,
          );
        }
        const near = Math.abs(at - root.at) <= 1;
        cell.className = at === root.at ? "chosen" : near && ["x", "relu1"].includes(name) ? "looked" : "";
      });
    }
    const at = root.at;
    const products = (row, weights) =>
      weights.map((weight, k) => `${bracketed(weight)}·${bracketed(row[at + k - 1] ?? 0)}`).join(" + ");
    const line = (name, how) =>
      made("div", {}, `${words.rows[name][0]} = ${how} = `, made("b", {}, short(steps[name][at])));
    root
      .querySelector(".sums")
      .replaceChildren(
        line("conv1", products(x, first)),
        line("relu1", `max(0, ${short(steps.conv1[at])})`),
        line("residual", products(steps.relu1, second)),
        line("sum", `F(x) + x = ${short(steps.residual[at])} + ${bracketed(x[at])}`),
        line("output", `max(0, ${short(steps.sum[at])})`),
      );
    root.dataset.sum = steps.sum.map(short).join(" ");
  }
}

const short = (value) => String(Math.round(value * 1000) / 1000).replace("-", "−");
const bracketed = (value) => (value < 0 ? `(${short(value)})` : short(value));
