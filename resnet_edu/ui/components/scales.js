// For components that draw measurements: log scales, readable numbers, SVG elements.
export const SVG = "http://www.w3.org/2000/svg";
const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
export const power = (exponent) => `10${[...String(exponent)].map((digit) => SUPERSCRIPT[digit]).join("")}`;

// Measurements arrive as numbers, or as "nan", "inf" and "-inf".
export const measured = (value) => (typeof value === "number" ? value : Number(value.replace("inf", "Infinity")));

/** Return the number that is closest to the wanted one. */
export const nearestOf = (numbers, wanted) =>
  numbers.reduce((best, each) => (Math.abs(each - wanted) < Math.abs(best - wanted) ? each : best));

export function scientific(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 0.001 && size < 10000)
    return size < 100 ? String(Number(value.toPrecision(2))) : String(Math.round(value));
  const [mantissa, exponent] = value.toExponential(1).split("e");
  return `${mantissa}×${power(Number(exponent))}`;
}

/**
 * Create an SVG element and append it to its parent, if given.
 *
 * @param {string} name
 * @param {Record<string, any>} attributes
 * @param {Element | null} parent
 */
export function element(name, attributes = {}, parent = null) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (parent) parent.append(made);
  return made;
}
