// Class probabilities as bars, largest first. Rows are kept between updates, so that the bars move smoothly.
import { announce } from "../components/announce.js";

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector("ol");
  list.setAttribute("aria-label", data.label);
  list.dataset.key = data.key;
  list.className = data.family;
  while (list.children.length > data.rows.length) list.lastChild.remove();
  while (list.children.length < data.rows.length) {
    const row = document.createElement("li");
    row.innerHTML =
      '<span class="name"></span><span class="text"></span><span class="track"><span class="bar"></span></span>';
    list.append(row);
  }
  if (data.news) announce(parentElement.querySelector("[role=status]"), data.news.about, data.news);
  data.rows.forEach((row, index) => {
    const item = list.children[index];
    item.querySelector(".name").textContent = row.name;
    item.querySelector(".text").textContent = row.text;
    item.querySelector(".bar").style.width = `${row.share * 100}%`;
  });
}
