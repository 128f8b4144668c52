/** How far back the rate looks: long enough to be calm, short enough to show a change. */
const WINDOW_MS = 5_000;

/** How fast something has grown lately. Holds the readings of the last five seconds, however often it is read. */
export class RateMeter {
  #readings: { readonly atMs: number; readonly bytes: number }[] = [];

  /** @param bytes the total so far */
  read(bytes: number, atMs: number): void {
    this.#readings.push({ atMs, bytes });
    // The newest reading that is a whole window old stays: the rate is measured from there.
    const inside = this.#readings.findIndex((reading) => atMs - reading.atMs < WINDOW_MS);
    if (inside > 1) this.#readings = this.#readings.slice(inside - 1);
  }

  /** Zero until there are two readings at different times. */
  get bytesPerSecond(): number {
    const first = this.#readings[0];
    const last = this.#readings.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs));
  }
}
