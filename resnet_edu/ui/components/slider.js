// A value that is changed here and stored by Python, and a slider that drags it.
const REST = 400; // ms that join several key presses into one movement, like a drag: one entry in the history

/**
 * A value that is being changed. Python's may be out of date: until the last value sent has come back, the local one
 * wins.
 *
 * @template T
 */
class Held {
  /** @param {T} value */
  constructor(value) {
    this.value = value;
    this.dragging = false;
    /** @type {T | undefined} */
    this.before = undefined; // value when the pointer went down
    this.given = JSON.stringify(value);
    /** @type {string | null} */
    this.told = null;
    this.keyed = false;
    /** @type {any} */
    this.rest = undefined;
  }

  /**
   * Take over the value from Python unless the local one is newer.
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
   * Send the value at the end of a movement.
   *
   * @param {(value: T) => void} send
   */
  tell(send) {
    const told = JSON.stringify(this.value);
    clearTimeout(this.rest);
    this.dragging = false;
    this.before = undefined;
    if (this.told !== null || told !== this.given) this.told = told; // otherwise nothing will come back
    send(this.value);
  }

  /**
   * Take over Python's value in any case, because the options behind the local one are gone.
   *
   * @param {T} value
   */
  follow(value) {
    Object.assign(this, new Held(value));
  }
}

/**
 * Return the held value of that name, kept on the component's root between updates; `given` is Python's value.
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
 * Bind a range input to a held value, for pointer and keyboard. Every move is drawn, and the last one is sent to
 * Python; a drag that the browser cancels, for example because the touch scrolls the page, is undone.
 *
 * `read` maps a slider position to a value, `place` a value to a position.
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
    held.keyed = false;
  };
  input.onkeydown = () => {
    held.keyed = true;
  };
  input.oninput = () => {
    held.dragging = true;
    held.value = read(Number(input.value));
    draw();
  };
  input.onchange = () => {
    clearTimeout(held.rest);
    if (held.keyed) held.rest = setTimeout(() => held.tell(tell), REST);
    else held.tell(tell);
  };
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
 * Show the value next to a slider, and set what screen readers say for it.
 *
 * @param {any} input
 * @param {string | number} shown
 * @param {string} [spoken]
 */
export function reading(input, shown, spoken) {
  const output = input.parentElement.querySelector("output");
  output.textContent = shown;
  output.setAttribute("aria-live", "off"); // the slider itself is announced at every move
  input.setAttribute("aria-valuetext", spoken ?? shown);
}
