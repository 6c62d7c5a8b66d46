// Files of the reader's own: chosen, dropped anywhere on the page, pasted, or taken with a phone. Every file goes to the
// server, which judges it; large pictures are scaled down here first.
import { line, markSending } from "../components/line.js";

const QUALITY = 0.92;
const HEIC = /^ftyp(hei|hev|mif1|msf1)/;
let latest = 0; // a slow, large picture must not replace a later one

// Return the picture as this browser decodes it, upright and in sRGB, on white; null if it cannot.
async function smaller(file, side) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return null;
  }
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}

async function isHeic(file) {
  return HEIC.test(await file.slice(4, 12).text());
}

// Small files are sent unchanged: which kinds are read is the server's decision. Large ones are redrawn by this browser
// if it can, and so is an iPhone's own format, which the server doesn't read.
async function ready(file, data) {
  const mustConvert = await isHeic(file);
  if (file.size <= data.untouched && !mustConvert) return file;
  const drawn = await smaller(file, data.side);
  return drawn && (drawn.size < file.size || mustConvert) ? drawn : file;
}

function base64(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).split(",", 2)[1] ?? "");
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}

// Return what is sent for a file: its content, or why there is none.
async function packed(file, data) {
  const given = file.name ?? "";
  try {
    const sent = await ready(file, data);
    if (sent.size > data.limit) return { given, name: given, refused: (await isHeic(file)) ? "heic" : "tooLarge" };
    return { given, name: sent === file ? given : "", content: await base64(sent) };
  } catch {
    return { given, name: given, refused: "unreadable" }; // the file is gone, or may not be read
  }
}

// A message holds only so many bytes: what comes after them is left out.
function fitting(files, limit) {
  let size = 0;
  return files.map(({ given, name, content = "", refused }) => {
    size += (3 / 4) * content.length;
    return size > limit ? { name: given, refused: "together" } : { name, content, refused };
  });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const section = parentElement.querySelector("section");
  const [choose, paste] = section.querySelectorAll("button");
  const input = section.querySelector("input");
  const status = section.querySelector("p");
  if (section.given !== data.given) {
    status.said = undefined; // they have arrived
    markSending(section, false);
  }
  section.given = data.given;
  const say = line(status, data);
  choose.textContent = data.choose;
  paste.querySelector("span").textContent = data.paste;
  section.querySelector("kbd").textContent = data.keys;
  section.querySelector("small .by-hand").textContent = data.drop;
  section.querySelector(".limits").textContent = data.limits;
  // An iPhone converts its photos if asked for JPEG, and a phone offers its camera if asked for pictures. Elsewhere
  // any file may be chosen.
  input.accept = matchMedia("(pointer: coarse)").matches ? [...data.types, ...data.others].join() : "";
  input.multiple = data.several;
  section.dataset.drawn = "";

  const send = async (files) => {
    latest += 1;
    const turn = latest;
    say((words) => words.sending);
    markSending(section, true);
    if (data.several) {
      const all = [];
      for (const file of files) {
        const done = all.length + 1;
        say((words) => words.preparing.replace("{done}", done).replace("{total}", files.length));
        all.push(await packed(file, data)); // one at a time: a decoded photo is large
      }
      say((words) => words.reading);
      setTriggerValue("files", fitting(all, data.limit));
      return;
    }
    const picture = await packed(files[0], data);
    if (turn === latest) setTriggerValue("picture", picture);
  };

  choose.onclick = () => input.click();
  input.onchange = () => {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    if (files.length) send(files);
  };
  paste.onclick = async () => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((each) => each.startsWith("image/"));
        if (type) {
          send([await item.getType(type)]);
          return;
        }
      }
      say((words) => words.empty);
    } catch {
      say((words) => words.refused); // the browser does not let pages read the clipboard; Ctrl+V still works
    }
  };

  const listeners = {
    paste: (event) => {
      const all = [...(event.clipboardData?.files ?? [])];
      const pictures = all.filter((each) => each.type.startsWith("image/"));
      const files = pictures.length ? pictures : all; // a refusal says more than silence
      if (files.length) {
        event.preventDefault();
        send(files);
      }
    },
    dragover: (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      section.classList.add("over");
    },
    dragleave: () => section.classList.remove("over"),
    drop: (event) => {
      section.classList.remove("over");
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length) {
        event.preventDefault();
        send(files);
      }
    },
  };
  for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener);
  };
}
