// Tells the browser, and with it a screen reader, which language the page speaks, and what Streamlit leaves unsaid in it.
export default function ({ data }) {
  document.documentElement.lang = data.language;
  document.querySelector("[data-testid=stMain]").setAttribute("aria-label", data.main);
  for (const link of document.querySelectorAll("[data-testid=stSkipToContent]")) link.textContent = data.skip;
}
