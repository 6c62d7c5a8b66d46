// Colour scales for maps: cividis for values that are never negative, orange-white-blue around zero for all others.
const CIVIDIS = [
  [0, 32, 76],
  [0, 42, 102],
  [0, 52, 110],
  [39, 63, 108],
  [60, 74, 107],
  [76, 85, 107],
  [91, 95, 109],
  [104, 106, 112],
  [117, 117, 117],
  [131, 129, 120],
  [146, 140, 120],
  [161, 152, 118],
  [176, 165, 114],
  [192, 177, 109],
  [209, 191, 102],
  [225, 204, 92],
  [243, 219, 79],
  [255, 233, 69],
];
const BLUE = [0, 114, 178]; // as in colours.py; a style sheet may not be there yet when a map is painted
const ORANGE = [213, 94, 0];

const limited = (share, low) => Math.min(1, Math.max(low, share));

// share: 0 to 1
export function sequential(share) {
  const at = limited(share, 0) * (CIVIDIS.length - 1);
  const index = Math.min(CIVIDIS.length - 2, Math.floor(at));
  return CIVIDIS[index].map((low, colour) => low + (CIVIDIS[index + 1][colour] - low) * (at - index));
}

// share: -1 to 1
export function diverging(share) {
  const end = share < 0 ? ORANGE : BLUE;
  return end.map((colour) => 255 + (colour - 255) * Math.abs(limited(share, -1)));
}

export const gradientOf = (signed) => {
  const stops = signed ? [-1, 0, 1].map(diverging) : CIVIDIS;
  return `linear-gradient(to right, ${stops.map((each) => `rgb(${each.map(Math.round).join(" ")})`).join(", ")})`;
};

export const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
export const floats = (text) => new Float32Array(bytes(text).buffer);

/**
 * Return the grey values of a PNG exactly as they were written.
 *
 * @param {string} text base64
 */
export async function greys(text) {
  const bitmap = await createImageBitmap(new Blob([bytes(text)], { type: "image/png" }), {
    colorSpaceConversion: "none",
  });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return { width: bitmap.width, values: Uint8Array.from({ length: data.length / 4 }, (_, index) => data[4 * index]) };
}

// Paint values, row by row, onto a canvas of the given width; colour maps each to [red, green, blue].
export function paintValues(canvas, values, width, colour) {
  canvas.width = width;
  canvas.height = values.length / width;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, index) => {
    image.data.set(colour(value), 4 * index);
    image.data[4 * index + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}
