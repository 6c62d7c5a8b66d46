// The list of pages, which Streamlit lays over the whole page of a phone: closed on arrival, however it was left, and
// closed by Escape. Part of the first document, because on a slow phone anything that comes with the page comes too late.
addEventListener("keydown", ({ key }) => {
  const find = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector));
  const close =
    key === "Escape" &&
    find("[data-testid=stSidebar][data-collapsed=false] [data-testid=stSidebarCollapseButton] button");
  if (!close) return;
  close.click();
  requestAnimationFrame(() => find("[data-testid=stExpandSidebarButton]")?.focus());
});

try {
  for (const name of Object.keys(localStorage))
    if (name.startsWith("stSidebarCollapsed-")) localStorage.removeItem(name);
} catch (error) {
  if (!(error instanceof DOMException)) throw error; // a frame that may keep nothing has nothing to forget
}
