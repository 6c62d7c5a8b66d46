// The links that teachers make from the page's address.

/** Parameters of the address that are not part of what is shared. */
const LEFT_OUT = ["lecture", "plan", "stop", "seen", "worksheet", "notes", "show", "only", "hide", "ask"];

/**
 * The link to a figure at the page's setting.
 *
 * @param {string} href the page's address
 * @param {{ section: string, rest: boolean, controls: boolean, texts: boolean, question: string, language: string }} how
 *   `rest`, `controls` and `texts` are kept if true; `question` is asked without showing its answer
 */
export function shareLink(href, { section, rest, controls, texts, question, language }) {
  const link = new URL(href);
  for (const name of LEFT_OUT) link.searchParams.delete(name);
  link.hash = "";
  link.searchParams.set("lang", language);
  if (rest) link.searchParams.set("show", section);
  else link.searchParams.set("only", section);
  const hidden = [controls || "controls", texts || "texts"].filter((each) => each !== true);
  if (hidden.length) link.searchParams.set("hide", hidden.join(","));
  if (question) link.searchParams.set("ask", question);
  return link.href;
}

/**
 * Return the HTML to embed in a learning platform or slides.
 *
 * @param {string} link
 * @param {string} title
 * @param {number} height
 */
export function frameCode(link, title, height) {
  const safe = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<iframe src="${safe(link)}" title="${safe(title)}" width="100%" height="${Math.ceil(height)}" style="border:0" loading="lazy" allow="fullscreen; clipboard-write"></iframe>`;
}
