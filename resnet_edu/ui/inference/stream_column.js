// One net's answers to a stream: the classes as bars, their history as lines, and whether it is sure.
import { put } from "../components/announce.js";
import { coloured, drawHistory, SECONDS } from "./history.js";

const MARKUP = '<h3></h3><ol></ol><svg role="img"></svg><p class="doubt"></p>';
const ROW =
  '<span class="key"></span><span class="name"></span><span class="text"></span>' +
  '<span class="track"><span class="bar"></span></span>';

function made(tag, markup) {
  return Object.assign(document.createElement(tag), { innerHTML: markup });
}

export class Column {
  constructor(setting, words) {
    this.root = made("div", MARKUP);
    this.root.className = "column";
    this.list = this.root.querySelector("ol");
    this.svg = this.root.querySelector("svg");
    this.colours = new Map();
    this.history = [];
    this.name(setting, words);
  }

  name({ title, doubt }, words) {
    this.words = words;
    this.list.setAttribute("aria-label", words.answers);
    this.svg.setAttribute("aria-label", words.history.replace("{seconds}", SECONDS));
    put(this.root.querySelector("h3"), title);
    put(this.root.querySelector(".doubt"), doubt);
  }

  paint({ rows, doubtful }, now) {
    const { list } = this;
    this.colours = coloured(this.colours, rows);
    this.history = [...this.history.filter(({ at }) => now - at < 1000 * SECONDS), { at: now, rows }];
    while (list.children.length > rows.length) list.lastChild.remove();
    while (list.children.length < rows.length) list.append(made("li", ROW));
    rows.forEach((row, index) => {
      const item = list.children[index];
      item.className = this.colours.get(row.index);
      put(item.querySelector(".name"), row.name);
      put(item.querySelector(".text"), row.text);
      item.querySelector(".bar").style.width = `${row.share * 100}%`;
    });
    this.root.querySelector(".doubt").dataset.said = doubtful;
    drawHistory(this.svg, this.history, this.colours, now, this.words);
  }
}
