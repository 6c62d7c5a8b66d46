// A value that the reader changes here and Python remembers, and the slider that drags one.

/**
 * What Python knows may be older than the hand: until the last value told has come back, the hand is right.
 *
 * @template T
 */
class Held {
  /** @param {T} value */
  constructor(value) {
    this.value = value;
    this.dragging = false;
    /** @type {T | undefined} */
    this.before = undefined; // the value under the pointer that went down
    this.given = JSON.stringify(value);
    /** @type {string | null} */
    this.told = null;
  }

  /**
   * What Python knows now.
   *
   * @param {T} value
   */
  take(value) {
    const given = JSON.stringify(value);
    if (this.told === given) this.told = null;
    if (!this.dragging && this.told === null && this.given !== given) this.value = value;
    this.given = given;
  }

  /**
   * The hand has let go.
   *
   * @param {(value: T) => void} send
   */
  tell(send) {
    const told = JSON.stringify(this.value);
    this.dragging = false;
    this.before = undefined;
    if (this.told !== null || told !== this.given) this.told = told; // else nothing will come back
    send(this.value);
  }

  /**
   * Python is right, whatever the hand did: what it chose from is gone.
   *
   * @param {T} value
   */
  follow(value) {
    Object.assign(this, new Held(value));
  }
}

/**
 * The held value of that name, kept on the component's root from one update to the next; `given` is what Python knows.
 *
 * @template T
 * @param {any} root
 * @param {string} name
 * @param {T} given
 * @returns {Held<T>}
 */
export function held(root, name, given) {
  const known = (root.held ??= {});
  known[name] ??= new Held(given);
  known[name].take(given);
  return known[name];
}

/**
 * A range input for a held value, by pointer or keyboard: every move is drawn, letting go tells Python, and a drag that
 * the browser cancels, as when a touch turns out to scroll the page, is taken back.
 *
 * `read` gives the value at a position of the slider, `place` the position of a value.
 *
 * @template T
 * @param {any} input
 * @param {Held<T>} held
 * @param {{ draw: () => void, label?: string, tell?: (value: T) => void, read?: (at: number) => any, place?: (value: T) => any }} how
 */
export function slider(input, held, { draw, label, tell = () => {}, read = (at) => at, place = (value) => value }) {
  if (label !== undefined) input.labels[0].textContent = label;
  input.value = place(held.value);
  input.onpointerdown = () => {
    held.before = held.value;
  };
  input.oninput = () => {
    held.dragging = true;
    held.value = read(Number(input.value));
    draw();
  };
  input.onchange = () => held.tell(tell);
  input.onpointercancel = () => {
    if (held.before === undefined) return;
    held.value = held.before;
    held.before = undefined;
    held.dragging = false;
    input.value = place(held.value);
    draw();
  };
}

/**
 * The value that stands behind a slider, and what a screen reader says instead.
 *
 * @param {any} input
 * @param {string | number} shown
 * @param {string} [spoken]
 */
export function reading(input, shown, spoken) {
  const output = input.parentElement.querySelector("output");
  output.textContent = shown;
  output.setAttribute("aria-live", "off"); // the slider itself is spoken at every move
  input.setAttribute("aria-valuetext", spoken ?? shown);
}
