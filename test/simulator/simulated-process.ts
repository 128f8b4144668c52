import type { World } from './world.ts';

/**
 * A process that lives, dies, is started anew, and may be stopped for a while. What one life of it had planned does not happen in the
 * next; what happens to it while it is stopped waits, in order, until it goes on.
 */
export class SimulatedProcess {
  readonly name: string;
  /** Which life this is. */
  life = 1;
  isUp = true;
  readonly #world: World;
  #isPaused = false;
  #pauses = 0;
  #waiting: (() => void)[] = [];

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  /** Which pause it is in; undefined when it runs, or is dead. */
  get pause(): number | undefined {
    return this.#isPaused ? this.#pauses : undefined;
  }

  /** Has the process do something, as soon as it runs; nothing happens in a dead one. */
  run(work: () => void): void {
    if (!this.isUp) return;
    if (this.#isPaused || this.#waiting.length > 0) this.#waiting.push(work);
    else work();
  }

  /** Has this life of the process do something later. */
  later(delayMs: number, work: () => void): void {
    const { life } = this;
    this.#world.schedule(delayMs, () => {
      if (life === this.life) this.run(work);
    });
  }

  kill(): void {
    this.#world.note(`${this.name} dies`);
    this.life += 1;
    this.isUp = false;
    this.#isPaused = false;
    this.#waiting = [];
  }

  start(): void {
    this.#world.note(`${this.name} starts`);
    this.isUp = true;
  }

  /** Stops it for a while. */
  stop(forMs: number): void {
    if (!this.isUp || this.#isPaused) return;
    this.#world.note(`${this.name} is stopped`);
    this.#isPaused = true;
    this.#pauses += 1;
    const { life } = this;
    this.#world.schedule(forMs, () => {
      if (life !== this.life) return;
      this.#world.note(`${this.name} goes on`);
      this.#isPaused = false;
      this.#catchUp(life);
    });
  }

  /** One thing after the other, each an event of its own. */
  #catchUp(life: number): void {
    if (life !== this.life || this.#isPaused) return;
    const work = this.#waiting[0];
    if (work === undefined) return;
    work();
    // What it did may have been its death.
    if (life !== this.life) return;
    this.#waiting.shift();
    if (this.#waiting.length > 0) this.#world.schedule(0, () => this.#catchUp(life));
  }
}
