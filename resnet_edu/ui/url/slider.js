// A slider over a few numbers. Streamlit's own treats every touch as a drag, even one that only scrolls the page.
import { held, reading, slider } from "../components/slider.js";

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector("section");
  root.dataset.drawn = "";
  const input = root.querySelector("input");
  const { options } = data;
  const wanted = held(root, "value", data.value);
  const draw = () => reading(input, wanted.value);
  input.max = options.length - 1;
  slider(input, wanted, {
    draw,
    label: data.label,
    tell: (value) => setStateValue("value", value),
    read: (at) => options[at],
    place: (value) => options.indexOf(value),
  });
  draw();
}
