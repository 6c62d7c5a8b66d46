// How fast and how finely a stream sends: as the answers come, with two frames on their way and none of them old.
const IN_FLIGHT = 2;
const MOST_A_SECOND = 35; // the server cuts off whoever goes on sending more than 40
const EARLY = 0.4; // of the time between two answers: then a frame arrives just before the one before it is answered
const QUALITIES = [0.85, 0.7, 0.5, 0.35]; // of the JPEGs
const SLOW_MS = 250; // on the way, both ways together
const QUICK_MS = 90;
const TRIES = 8; // answers before the quality changes again
const LOST_MS = 8000;
const PAUSE_MS = 400; // after the server has said: later
const QUIET_MS = 3000; // without an answer, until the reader is told
const RATE_MS = 3000; // over which frames a second are counted
const KEPT = 0.8; // of a mean, when the next value comes

const blend = (mean, value) => (mean === null ? value : KEPT * mean + (1 - KEPT) * value);

export class Pace {
  constructor() {
    this.sent = 0; // frames so far; the server counts along
    this.flying = new Map(); // frame: when it was taken
    this.gap = /** @type {number | null} */ (null); // milliseconds from one answer to the next
    this.travel = /** @type {number | null} */ (null);
    this.step = 0;
    this.since = 0; // answers since the quality was changed
    this.last = -Infinity; // when the last answer came, or the last frame with none before it went out
    this.out = -Infinity; // when the last frame went out
    this.owed = /** @type {number | null} */ (null); // since when frames are out and none has been answered
    this.paused = -Infinity;
    this.painted = /** @type {number[]} */ ([]);
    this.newest = 0; // frame painted
  }

  get quality() {
    return QUALITIES[this.step];
  }

  /** Whether a frame may go out. */
  may(now) {
    for (const [frame, taken] of this.flying) if (now - taken > LOST_MS) this.flying.delete(frame);
    if (now < this.paused || now - this.out < 1000 / MOST_A_SECOND) return false;
    if (this.flying.size === 0) return true;
    return this.flying.size < IN_FLIGHT && now - this.last >= EARLY * (this.gap ?? 0);
  }

  /** Whether the server has not answered for some time, though it was sent frames; those given up count. */
  isQuiet(now) {
    return this.owed !== null && now - this.owed > QUIET_MS;
  }

  /** What is on its way will not be answered. */
  giveUp() {
    this.flying.clear();
    this.owed = null;
  }

  /** A frame goes out that was taken at `now`. */
  send(now) {
    if (this.flying.size === 0) this.last = now;
    this.out = now;
    this.owed ??= now;
    this.sent += 1;
    this.flying.set(this.sent, now);
  }

  /**
   * An answer has come. How old its frame is, in milliseconds; null where a newer one has been painted.
   *
   * @param {{ frame: number, held: number, later?: boolean }} answer
   */
  take({ frame, held, later }, now) {
    const taken = this.flying.get(frame);
    if (taken === undefined) return null;
    for (const each of this.flying.keys()) if (each <= frame) this.flying.delete(each);
    this.owed = this.flying.size ? now : null;
    this.gap = blend(this.gap, now - this.last);
    this.last = now;
    if (later) {
      this.paused = now + PAUSE_MS;
      return null;
    }
    this.#adapt(now - taken - held);
    if (frame < this.newest) return null;
    this.newest = frame;
    this.painted = [...this.painted.filter((each) => now - each < RATE_MS), now];
    return now - taken;
  }

  /** Frames painted a second, lately. */
  rate(now) {
    const lately = this.painted.filter((each) => now - each < RATE_MS);
    return lately.length < 2 ? 0 : (1000 * (lately.length - 1)) / (lately[lately.length - 1] - lately[0]);
  }

  #adapt(travel) {
    const mean = blend(this.travel, travel);
    this.travel = mean;
    this.since += 1;
    if (this.since < TRIES) return;
    const change = mean > SLOW_MS ? 1 : mean < QUICK_MS ? -1 : 0;
    const step = Math.min(QUALITIES.length - 1, Math.max(0, this.step + change));
    if (step !== this.step) this.since = 0;
    this.step = step;
  }
}
