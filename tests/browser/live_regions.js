// Writes down what a screen reader would say by itself: the text of each live region that changes, in order. And keeps
// count of what the page has put off for a moment, so that a test knows when nothing more will be said.
() => {
    const MOMENT = 1000; // milliseconds
    const due = new Set();
    const [later, cancel] = [window.setTimeout, window.clearTimeout];
    window.setTimeout = (does, ms = 0, ...rest) => {
        if (typeof does !== "function" || ms > MOMENT) return later(does, ms, ...rest);
        const id = later(() => {
            due.delete(id);
            does(...rest);
        }, ms);
        due.add(id);
        return id;
    };
    window.clearTimeout = (id) => {
        due.delete(id);
        cancel(id);
    };
    window.isSilent = () => due.size === 0;
    const LIVE = ":is([role=status], [role=alert], [aria-live=polite], [aria-live=assertive], output):not([aria-live=off])";
    window.said = [];
    const known = new Set();
    const watch = (root) => {
        if (known.has(root)) return;
        known.add(root);
        new MutationObserver((changes) => {
            const targets = changes.map(({ target }) => (target.closest ? target : target.parentElement));
            const regions = new Set(targets.map((each) => each?.closest(LIVE)).filter(Boolean));
            for (const region of regions) if (region.textContent.trim()) window.said.push(region.textContent.trim());
            find(root);
        }).observe(root, { childList: true, characterData: true, subtree: true });
        find(root);
    };
    const find = (root) => root.querySelectorAll("*").forEach((each) => each.shadowRoot && watch(each.shadowRoot));
    watch(document);
}
