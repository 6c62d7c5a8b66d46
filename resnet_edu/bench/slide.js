// Drags any slider of a component over its whole range and back; milliseconds a step, each ending after layout.
async (selector) => {
    const find = (root) => {
        const found = root.querySelector(selector);
        if (found) return found;
        for (const each of root.querySelectorAll("*"))
            if (each.shadowRoot) { const inner = find(each.shadowRoot); if (inner) return inner; }
        return null;
    };
    const input = find(document);
    const frame = () => new Promise(requestAnimationFrame);
    const [low, high] = [Number(input.min), Number(input.max)];
    const range = Array.from({ length: high - low + 1 }, (_, index) => low + index);
    const steps = [];
    for (const value of [...range, ...range.toReversed()]) {
        await frame();
        const started = performance.now();
        input.value = value;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.closest("section").getBoundingClientRect();
        steps.push(performance.now() - started);
    }
    return steps;
}
