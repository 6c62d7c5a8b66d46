// A figure as a file of its own: drawings one below the other, every style written out, as no style sheet comes along.
import { element, SVG } from "./scales.js";

const WRITTEN_OUT = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linecap",
  "opacity",
  "visibility",
  "font-size",
  "font-family",
  "font-weight",
];
const PICTURE_PADDING = 24;
const LINE = 30;
const PNG_SCALE = 2;

// What a mixture of colours computes to is "color(srgb 0.8 0.4 0)", which only browsers read.
const plainColour = (text) =>
  text.replace(/color\(srgb ([^)/]+)(?:\/ ([^)]+))?\)/g, (_, channels, alpha = "1") => {
    const [red, green, blue] = channels
      .trim()
      .split(/\s+/)
      .map((each) => Math.round(Number(each) * 255));
    return `rgba(${red}, ${green}, ${blue}, ${alpha.trim()})`;
  });

function writtenOut(drawing) {
  const copy = drawing.cloneNode(true);
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((each, index) => {
    const style = getComputedStyle(originals[index]);
    each.removeAttribute("class");
    each.setAttribute(
      "style",
      WRITTEN_OUT.map((name) => `${name}:${plainColour(style.getPropertyValue(name))}`).join(";"),
    );
  });
  return copy;
}

// parts: drawings ({svg}) and lines of text ({text, bold}), from top to bottom.
function pictureOf(parts, root) {
  const style = getComputedStyle(root);
  const width = Math.max(...parts.map(({ svg }) => svg?.clientWidth ?? 0)) + 2 * PICTURE_PADDING;
  const picture = element("svg", { xmlns: SVG, width });
  const ground = element(
    "rect",
    { width: "100%", height: "100%", fill: plainColour(style.getPropertyValue("--st-background-color")) },
    picture,
  );
  let top = PICTURE_PADDING;
  for (const { svg, text, bold } of parts) {
    if (svg) {
      const copy = writtenOut(svg);
      for (const [name, value] of Object.entries({
        x: PICTURE_PADDING,
        y: top,
        width: svg.clientWidth,
        height: svg.clientHeight,
      }))
        copy.setAttribute(name, value);
      picture.append(copy);
      top += svg.clientHeight + 8;
    } else {
      const look = {
        x: PICTURE_PADDING,
        y: top + 18,
        fill: plainColour(style.color),
        "font-family": style.fontFamily,
        "font-size": bold ? 18 : 15,
        "font-weight": bold ? 650 : 400,
      };
      element("text", look, picture).textContent = text;
      top += LINE;
    }
  }
  picture.setAttribute("height", `${top + PICTURE_PADDING}`);
  ground.setAttribute("height", `${top + PICTURE_PADDING}`);
  return picture;
}

function save(url, name) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

async function keepPicture(kind, name, parts, root) {
  const picture = pictureOf(parts, root);
  const source = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(picture))}`;
  if (kind === "svg") {
    save(source, `${name}.svg`);
    return;
  }
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Number(picture.getAttribute("width")) * PNG_SCALE;
  canvas.height = Number(picture.getAttribute("height")) * PNG_SCALE;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  save(canvas.toDataURL("image/png"), `${name}.png`);
}

// The two buttons of a figure; parts() is asked when one is pressed, so that the file shows what the reader sees.
export function keepButtons(buttons, label, name, parts, root) {
  for (const button of buttons) {
    const kind = button.dataset.kind;
    button.textContent = kind.toUpperCase();
    button.title = label.replace("{kind}", kind.toUpperCase());
    button.setAttribute("aria-label", button.title);
    button.onclick = () => keepPicture(kind, name(), parts(), root);
  }
}
