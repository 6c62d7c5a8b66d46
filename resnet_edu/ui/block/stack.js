// A whole net from top to bottom: stem, stages that open into blocks, blocks that open into operations, and the head.
import { opened } from "../components/section.js";
export default function render(component) {
  const { data, root, words } = opened(component);
  const list = root.querySelector(".parts");
  if (root.key === data.key) return;
  root.key = data.key;
  list.replaceChildren();

  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const number = (value) => value.toLocaleString("en");
  const most = Math.max(1, ...data.parts.map((part) => part.parameters));

  // Rows of [name, title, shape, parameters, multiply-adds]; operations of a block are prefixed with its name.
  function table(rows, prefix) {
    const head = make(
      "tr",
      {},
      ...words.columns.map((text, index) =>
        make("th", { scope: "col", ...(index > 2 ? { class: "figure" } : {}) }, text),
      ),
    );
    const body = rows.map(([name, ...cells]) =>
      make(
        "tr",
        {},
        make("td", {}, prefix + name),
        ...cells.map((cell, index) =>
          make("td", index > 1 ? { class: "figure" } : {}, index > 1 ? number(cell) : cell),
        ),
      ),
    );
    return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  }

  function toggle(button, open, close) {
    button.setAttribute("aria-expanded", "false");
    button.onclick = () => {
      const opens = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(opens));
      (opens ? open : close)();
    };
  }

  for (const part of data.parts) {
    const item = make("li", { class: `part ${part.blocks ? data.net : ""}`, "data-part": part.name });
    const share = make("div", { class: "share" });
    share.style.width = `${(100 * part.parameters) / most}%`;
    const columns = [
      make("b", part.blocks || part.operations ? { class: "marker" } : {}, part.name),
      make("span", {}, part.title),
      make("div", { class: "bar", "aria-hidden": "true" }, share),
      make("span", { class: "number" }, part.shape, make("small", {}, words.output)),
      make("span", { class: "number" }, number(part.parameters), make("small", {}, words.parameters)),
      make("span", { class: "number" }, number(part.multiplyAdds), make("small", {}, words.multiplyAdds)),
    ];
    const head = make("button", { type: "button", class: "head" }, ...columns);
    item.append(head);
    /** @type {any} */
    let inside = null;
    toggle(
      head,
      () => {
        inside = part.blocks ? blocksOf(part) : make("div", { class: "operations" }, table(part.operations, ""));
        item.append(inside);
      },
      () => inside.remove(),
    );
    list.append(item);
  }

  function blocksOf(part) {
    const holder = make("div", {});
    const chips = make("div", { class: "chips" });
    const shown = make("div", { class: "operations" });
    holder.append(chips, shown);
    part.blocks.forEach((type, index) => {
      const { changes, operations } = data.types[type];
      const chip = make("button", { type: "button", class: changes ? "chip changes" : "chip" }, `${index + 1}`);
      chip.setAttribute("aria-label", `${words.block} ${index + 1}${changes ? words.item + words.changes : ""}`);
      toggle(
        chip,
        () => {
          for (const other of chips.querySelectorAll("[aria-expanded='true']"))
            if (other !== chip) other.setAttribute("aria-expanded", "false");
          shown.replaceChildren(table(operations, `${part.name}.${index}.`));
        },
        () => shown.replaceChildren(),
      );
      chips.append(chip);
    });
    return holder;
  }
}
