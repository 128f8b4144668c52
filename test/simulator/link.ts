import type { World } from './world.ts';

/**
 * One direction of one connection: first in, first out, each item a random moment later. Once cut, what is on its way is lost; once
 * silent, what is sent from then on never arrives, and nobody is told.
 */
export class Link<T> {
  readonly #world: World;
  readonly #delayMs: number;
  readonly #deliver: (item: T) => void;
  #lastAtMs = 0;
  #isCut = false;
  #isSilent = false;

  /** @param delayMs - how long an item may take at most */
  constructor(world: World, delayMs: number, deliver: (item: T) => void) {
    this.#world = world;
    this.#delayMs = delayMs;
    this.#deliver = deliver;
  }

  send(item: T): void {
    if (this.#isCut || this.#isSilent) return;
    const delayMs = 0.1 + this.#world.random() * this.#delayMs;
    this.#lastAtMs = Math.max(this.#lastAtMs, this.#world.nowMs + delayMs);
    this.#world.schedule(this.#lastAtMs - this.#world.nowMs, () => {
      if (!this.#isCut) this.#deliver(item);
    });
  }

  cut(): void {
    this.#isCut = true;
  }

  silence(): void {
    this.#isSilent = true;
  }
}
