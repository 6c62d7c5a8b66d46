// A browser's translator puts elements of its own in the place of texts, and Streamlit's scripts then look for the texts
// that they have drawn: the page would end in an error (facebook/react#11538). What stands in for a text goes in its place.
{
  /** @type {WeakMap<Node, Node>} */
  const standIns = new WeakMap();
  new MutationObserver((changes) => {
    for (const { removedNodes, addedNodes } of changes)
      if (removedNodes.length === 1 && removedNodes[0] instanceof Text && addedNodes[0]?.nodeName === "FONT")
        standIns.set(removedNodes[0], addedNodes[0]);
  }).observe(document, { childList: true, subtree: true });

  /** The child itself, or what a translator has put in its place; null where the text is gone. */
  const standing = (/** @type {Node} */ parent, /** @type {any} */ child) => {
    if (!(child instanceof Text) || child.parentNode === parent) return child;
    const found = standIns.get(child);
    return found?.parentNode === parent ? found : null;
  };

  const { removeChild, insertBefore } = Node.prototype;
  Node.prototype.removeChild = function (child) {
    const found = standing(this, child);
    if (found !== null || !(child instanceof Text)) removeChild.call(this, found);
    return child;
  };
  Node.prototype.insertBefore = function (added, before) {
    return /** @type {any} */ (insertBefore.call(this, added, standing(this, before)));
  };
}
