// What the browser keeps for a page. Inside another site's frame it may refuse to, and then the page keeps it until it is left.

/** @param {"localStorage" | "sessionStorage"} kind */
function storage(kind) {
  try {
    return window[kind];
  } catch {
    const kept = new Map();
    return {
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, value) => kept.set(name, value),
      removeItem: (name) => kept.delete(name),
    };
  }
}

let tab;

/** Until the tab is closed. */
export function tabMemory() {
  tab ??= storage("sessionStorage");
  return tab;
}

let browser;

/** Over all tabs and visits. */
export function browserMemory() {
  browser ??= storage("localStorage");
  return browser;
}
