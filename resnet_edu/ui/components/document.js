// Tells the browser, and with it a screen reader, which language the page speaks.
export default function ({ data }) {
  document.documentElement.lang = data.language;
}
