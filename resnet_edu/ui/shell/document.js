import { rename } from "../components/names.js";

// Tells the browser, and with it a screen reader, which language the page speaks, and what Streamlit leaves unsaid in it.
const SCROLL_SIDEWAYS_ON_PHONES = ".st-key-comparison";

export default function ({ data }) {
  document.documentElement.lang = data.language;
  rename(data.names);
  document.querySelector("[data-testid=stMain]")?.setAttribute("aria-label", data.main);
  for (const link of document.querySelectorAll("[data-testid=stSkipToContent]")) link.textContent = data.skip;
  if (!matchMedia("(max-width: 640px)").matches) return;
  for (const wide of document.querySelectorAll(SCROLL_SIDEWAYS_ON_PHONES))
    Object.assign(wide, { tabIndex: 0, role: "group", ariaLabel: data.wide });
}
