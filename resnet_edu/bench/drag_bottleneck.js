// Drags the parameters page's slider of channels over its whole range and back; each step's time ends after layout.
async () => {
    const find = (root, selector) => {
        const found = root.querySelector(selector);
        if (found) return found;
        for (const each of root.querySelectorAll("*"))
            if (each.shadowRoot) { const inner = find(each.shadowRoot, selector); if (inner) return inner; }
        return null;
    };
    const input = find(document, "input#channels");
    const section = input.closest("section");
    const sum = section.querySelector(".block.basic text.sum");
    const frame = () => new Promise(requestAnimationFrame);
    const steps = [];
    const range = [...Array(Number(input.max) + 1).keys()];
    for (const at of [...range, ...range.toReversed()]) {
        await frame();
        const started = performance.now();
        input.value = at;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        section.getBoundingClientRect();
        steps.push({ at, value: Number(section.dataset.channels), text: sum.textContent, milliseconds: performance.now() - started });
    }
    return steps;
}
