// Lays every diagram out at every width, in the fonts of the diagram on the page; names the boxes and texts that overlap.
async ({ script, diagrams, widths }) => {
    const find = (root, selector) => {
        const found = root.querySelector(selector);
        if (found) return found;
        for (const each of root.querySelectorAll("*")) {
            const inside = each.shadowRoot && find(each.shadowRoot, selector);
            if (inside) return inside;
        }
        return null;
    };
    const source = `${script}\nexport { blockLayout, ruler };`;
    const { blockLayout, ruler } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const style = getComputedStyle(find(document, "section[data-layout]"));
    const widthOf = ruler({ sans: style.fontFamily, serif: style.getPropertyValue("--st-heading-font") });
    const written = ({ text, kind, size, x, y, anchor = "start" }) => {
        const w = kind.includes("math") ? widthOf(text, size, 400, "serif") : widthOf(text, size, /changed|clash|label|message/.test(kind) ? 650 : 400);
        const left = x - { start: 0, middle: w / 2, end: w }[anchor];
        return { id: `${kind}: ${text}`, left, right: left + w, top: y - 0.72 * size, low: y };
    };
    const faults = [];
    diagrams.forEach((data, index) => {
        for (const width of widths) {
            const { boxes, texts, height } = blockLayout(data, width, 1, widthOf);
            const drawn = [...boxes].map(([id, { x, y, w, h, lip }]) => ({ id, left: x, right: x + w, top: y - lip, low: y + h }));
            for (const direction of data.fault ? ["forward"] : ["forward", "backward"]) {
                const all = [...drawn, ...texts.filter(({ when }) => (when ?? direction) === direction).map(written)];
                all.forEach((one, at) => {
                    if (one.left < 0 || one.top < 0 || one.right > width || one.low > height) faults.push([index, width, direction, one.id, "edge"]);
                    for (const two of all.slice(0, at))
                        if (one.left < two.right && two.left < one.right && one.top < two.low && two.top < one.low)
                            faults.push([index, width, direction, one.id, two.id]);
                });
            }
        }
    });
    return faults;
}
