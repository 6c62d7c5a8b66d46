// What a browser's translator does to a page: every text that may be translated is replaced by another in elements of its
// own, now and whenever the page draws one.
() => {
  const LEFT_ALONE = "[translate=no], script, style, code, pre, textarea, svg, font";
  const translate = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) found.push(texts.currentNode);
    for (const text of found) {
      if (!/\p{L}/u.test(text.data) || text.parentElement?.closest(LEFT_ALONE)) continue;
      const outer = document.createElement("font");
      outer.append(document.createElement("font"));
      outer.firstChild.textContent = text.data.toUpperCase();
      text.replaceWith(outer);
    }
  };
  translate(document.body);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const each of addedNodes) if (each.isConnected) translate(each.parentNode);
  }).observe(document.body, { childList: true, subtree: true });
}
