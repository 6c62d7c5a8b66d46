// The sample pictures as a stream, for where there is no camera: one after the other, each slowly moved and enlarged.
const SIDE = 512;
const RATE = 25; // pictures a second
const SHOWN_MS = 6000; // each sample
const ENLARGED = 0.3; // in the end
const SWAY = 0.5; // of the room that there is then

/**
 * The square that is shown of a picture, at a share of its time.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} share from 0 to 1
 */
export function cut(width, height, share) {
  const side = Math.min(width, height) / (1 + ENLARGED * share);
  const sway = SWAY * Math.sin(2 * Math.PI * share);
  return { left: ((width - side) / 2) * (1 + sway), top: (height - side) / 2, side };
}

/** A stream of the pictures at these addresses, until its track is stopped. */
export function galleryStream(addresses) {
  const images = addresses.map((address) => Object.assign(new Image(), { src: address }));
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const stream = canvas.captureStream(RATE);
  const started = performance.now();
  const timer = setInterval(() => {
    if (stream.getTracks()[0].readyState === "ended") return clearInterval(timer);
    const shown = (performance.now() - started) / SHOWN_MS;
    const image = images[Math.floor(shown) % images.length];
    if (!image.naturalWidth) return; // not here yet
    const { left, top, side } = cut(image.naturalWidth, image.naturalHeight, shown % 1);
    context.drawImage(image, left, top, side, side, 0, 0, SIDE, SIDE);
  }, 1000 / RATE);
  return stream;
}
