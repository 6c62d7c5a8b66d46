// Drags the gradients page's slider over its whole range and back; each step's time ends after layout.
async () => {
    const find = (root, selector) => {
        const found = root.querySelector(selector);
        if (found) return found;
        for (const each of root.querySelectorAll("*"))
            if (each.shadowRoot) { const inner = find(each.shadowRoot, selector); if (inner) return inner; }
        return null;
    };
    const input = find(document, "input#position");
    const curves = input.closest("section").querySelector(".curves");
    const frame = () => new Promise(requestAnimationFrame);
    const steps = [];
    const axis = curves.querySelector(".tick").getAttribute("y");
    const range = [...Array(Number(input.max) + 1).keys()];
    for (const at of [...range, ...range.toReversed()]) {
        await frame();
        const started = performance.now();
        input.value = at;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        const strip = input.closest("section").querySelector(".plain .strip");
        const bars = strip.querySelectorAll("rect:not([visibility]):not(.chosen)").length;
        curves.getBoundingClientRect();
        steps.push({ at, depth: Number(curves.dataset.position), bars, milliseconds: performance.now() - started,
                     still: curves.querySelector(".tick").getAttribute("y") === axis });
    }
    return steps;
}
