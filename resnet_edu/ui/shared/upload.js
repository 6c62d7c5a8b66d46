// A picture of the reader's own: chosen, dropped anywhere on the page, pasted, or taken by a phone. Whatever it is goes to
// the server, which says what it thinks of it; large ones are made smaller here first.
const QUALITY = 0.92;
const HEIC = /^ftyp(hei|hev|mif1|msf1)/;
let latest = 0; // a large picture that takes longer than the one after it comes too late

// The picture as this browser understands it, upright and in sRGB, on white; null if it doesn't.
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

// What is small and of a kind that the server reads is sent as it is.
async function ready(file, data) {
  if (file.size <= data.untouched && data.types.includes(file.type)) return file;
  const drawn = await smaller(file, data.side);
  return drawn && (drawn.size < file.size || !data.types.includes(file.type)) ? drawn : file;
}

async function isHeic(file) {
  return HEIC.test(await file.slice(4, 12).text());
}

function base64(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).split(",", 2)[1] ?? "");
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const section = parentElement.querySelector("section");
  const [choose, paste] = section.querySelectorAll("button");
  const input = section.querySelector("input");
  const status = section.querySelector("p");
  choose.textContent = data.choose;
  paste.textContent = data.paste;
  section.querySelector("small").textContent = data.limits;
  // Asked for JPEG, an iPhone converts its photos; asked for pictures, a phone offers its camera. Elsewhere any file will do.
  input.accept = matchMedia("(pointer: coarse)").matches ? data.types.join() : "";
  status.textContent = "";
  section.dataset.drawn = "";

  const send = async (file) => {
    latest += 1;
    const turn = latest;
    status.textContent = data.sending;
    try {
      const sent = await ready(file, data);
      if (turn !== latest) return;
      if (sent.size > data.limit) {
        status.textContent = (await isHeic(file)) ? data.heic : data.tooLarge;
        return;
      }
      const content = await base64(sent);
      if (turn === latest) setTriggerValue("picture", { name: sent === file ? (file.name ?? "") : "", content });
    } catch {
      status.textContent = data.unreadable; // the file has gone, or may not be read
    }
  };

  choose.onclick = () => input.click();
  input.onchange = () => {
    const [file] = input.files;
    input.value = ""; // the same file may be chosen again
    if (file) send(file);
  };
  paste.onclick = async () => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((each) => each.startsWith("image/"));
        if (type) {
          send(await item.getType(type));
          return;
        }
      }
      status.textContent = data.empty;
    } catch {
      status.textContent = data.refused; // the browser keeps the clipboard from pages; the keys still work
    }
  };

  const listeners = {
    paste: (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
      if (file) {
        event.preventDefault();
        send(file);
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
      const [file] = event.dataTransfer?.files ?? [];
      if (file) {
        event.preventDefault();
        send(file);
      }
    },
  };
  for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener);
  };
}
