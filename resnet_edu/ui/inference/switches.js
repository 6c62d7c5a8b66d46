// A net's blocks as switches: each turns a branch on and off, while the shortcut over it, if there is one, stays.
import { put } from "../components/announce.js";
import { element } from "../components/scales.js";

export default function render(component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const holder = root.querySelector(".stages");
  const off = new Set(data.off);
  holder.setAttribute("aria-label", data.labels.group);
  holder.className = `stages ${data.family}`;
  const key = JSON.stringify([data.stages, data.family]);
  if (root.key !== key) {
    root.key = key;
    holder.replaceChildren();
    for (const [stage, blocks] of data.stages) {
      const part = document.createElement("div");
      part.className = "stage";
      const name = Object.assign(document.createElement("span"), { textContent: stage });
      const row = Object.assign(document.createElement("div"), { className: "blocks" });
      for (const block of blocks) {
        const button = Object.assign(document.createElement("button"), { type: "button" });
        button.dataset.block = block.name;
        button.setAttribute("aria-label", block.title);
        const picture = element("svg", { viewBox: "0 0 44 50", "aria-hidden": "true", preserveAspectRatio: "none" });
        if (data.family !== "plain") element("path", { class: "arc", d: "M2 32C2 4 42 4 42 32" }, picture);
        element("rect", { class: "body", x: 7, y: 20, width: 30, height: 27, rx: 4 }, picture);
        button.append(picture, Object.assign(document.createElement("span"), { textContent: block.number }));
        row.append(button);
      }
      part.append(name, row);
      holder.append(part);
    }
  }
  for (const button of holder.querySelectorAll("button")) {
    const block = button.dataset.block;
    const show = () => button.setAttribute("aria-pressed", String(!off.has(block)));
    show();
    button.onclick = () => {
      if (!off.delete(block)) off.add(block);
      show();
      setStateValue("off", [...off].sort());
    };
  }
  put(root.querySelector(".told"), off.size ? data.labels.off.replace("{count}", off.size) : data.labels.none);
}
