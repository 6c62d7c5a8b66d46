// A picture from the clipboard: Ctrl+V anywhere on the page, or the button where the browser lets a page read it.
export default function ({ data, parentElement, setTriggerValue }) {
  parentElement.querySelector("section").dataset.drawn = "";
  const button = parentElement.querySelector("button");
  const status = parentElement.querySelector("p");
  button.textContent = data.label;

  const send = (blob) => {
    if (blob.size > data.limit) {
      status.textContent = data.tooLarge;
      return;
    }
    const reader = new FileReader();
    reader.onload = () => setTriggerValue("picture", String(reader.result).split(",", 2)[1]);
    reader.readAsDataURL(blob);
    status.textContent = "";
  };

  const onPaste = (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
    if (file) {
      event.preventDefault();
      send(file);
    }
  };
  document.addEventListener("paste", onPaste);

  button.onclick = async () => {
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
  return () => document.removeEventListener("paste", onPaste);
}
