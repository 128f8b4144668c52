import type { World } from './world.ts';

/** One direction of one connection: first in, first out, each item a random moment later; once cut, what is on its way is lost. */
export class Link<T> {
  readonly #world: World;
  readonly #deliver: (item: T) => void;
  #lastAtMs = 0;
  #isCut = false;

  constructor(world: World, deliver: (item: T) => void) {
    this.#world = world;
    this.#deliver = deliver;
  }

  send(item: T): void {
    if (this.#isCut) return;
    const delayMs = 0.1 + this.#world.random() * 20;
    this.#lastAtMs = Math.max(this.#lastAtMs, this.#world.nowMs + delayMs);
    this.#world.schedule(this.#lastAtMs - this.#world.nowMs, () => {
      if (!this.#isCut) this.#deliver(item);
    });
  }

  cut(): void {
    this.#isCut = true;
  }
}
