// "Share": a link to a figure at the page's setting, with as much of the page as wanted; also as a frame or QR code.
import { frameCode, shareLink } from "./share_link.js";

const KEY = "st-key-section-";
const FRAME_MARGIN = 40;

/** The page's figures: its visible sections, by heading. */
function sections(page) {
  return [...document.querySelectorAll(`[class*="${KEY}"]`)]
    .filter((element) => element.getClientRects().length)
    .map((element) => ({
      id: [...element.classList].find((name) => name.startsWith(KEY))?.slice(KEY.length) ?? "",
      title: element.querySelector("h2.section")?.textContent || document.querySelector("h1")?.textContent || page,
      element,
    }));
}

async function copy(field) {
  field.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
  else document.execCommand("copy"); // over plain http there is no other way
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("section");
  const find = (selector) => root.querySelector(selector);
  const { labels } = data;
  root.dataset.drawn = "";
  const dialog = find("dialog");
  const words = {
    ".share": labels.share,
    h2: labels.title,
    ".figure span": labels.figure,
    legend: labels.stays,
    "[name=rest] + span": labels.rest,
    "[name=controls] + span": labels.controls,
    "[name=texts] + span": labels.texts,
    ".exercise span": labels.exercise,
    ".link span": labels.link,
    ".copy-link": labels.copy,
    ".frame span": labels.frame,
    ".copy-frame": labels.copy,
    ".frames": labels.frames,
    ".close": labels.close,
  };
  for (const [selector, text] of Object.entries(words)) find(selector).textContent = text;
  find(".exercise").hidden = !data.questions.length;
  const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
  find(".exercise select").replaceChildren(
    option("", labels.no_exercise),
    ...data.questions.map(({ id, text }) => option(id, text)),
  );

  let figures = /** @type {ReturnType<typeof sections>} */ ([]);
  const update = () => {
    const figure = figures.find(({ id }) => id === find(".figure select").value) ?? figures[0];
    if (!figure) return;
    const checked = (name) => find(`[name=${name}]`).checked;
    const link = shareLink(location.href, {
      section: figure.id,
      rest: checked("rest"),
      controls: checked("controls"),
      texts: checked("texts"),
      question: find(".exercise select").value,
      language: data.language,
    });
    const height = figure.element.getBoundingClientRect().height + FRAME_MARGIN;
    const alone = new URL(link);
    alone.searchParams.delete("show");
    alone.searchParams.set("only", figure.id);
    find(".link textarea").value = link;
    find(".frame textarea").value = frameCode(alone.href, figure.title, height);
    const path = link.slice(new URL(link).origin.length);
    Object.assign(find("img"), { src: `${data.base}qr.svg?to=${encodeURIComponent(path)}`, alt: labels.code });
    find(".done").textContent = "";
  };
  find(".share").onclick = () => {
    figures = sections(data.page);
    const seen = figures.find(({ element }) => element.getBoundingClientRect().bottom > innerHeight / 3);
    find(".figure select").replaceChildren(...figures.map(({ id, title }) => option(id, title)));
    if (seen) find(".figure select").value = seen.id;
    update();
    dialog.showModal();
  };
  for (const each of root.querySelectorAll("select, input")) each.onchange = update;
  find(".exercise select").onchange = () => {
    if (find(".exercise select").value) find("[name=texts]").checked = find("[name=rest]").checked = false;
    update();
  };
  const copying = (button, field) => {
    find(button).onclick = async () => {
      await copy(find(field));
      find(".done").textContent = labels.copied;
    };
  };
  copying(".copy-link", ".link textarea");
  copying(".copy-frame", ".frame textarea");
  find(".close").onclick = () => dialog.close();
}
