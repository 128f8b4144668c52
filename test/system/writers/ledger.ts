import { isDeepStrictEqual } from 'node:util';
import type { Shown } from './hub-client.ts';

/** What a hub is to show, by the path of each thing: all that it acknowledged, and nothing else. */
export class Ledger {
  readonly #things = new Map<string, Shown>();

  /** Notes a thing, or what changed of one. */
  note(path: string, fields: Shown): void {
    this.#things.set(path, { ...this.#things.get(path), ...fields });
  }

  /** Notes that a thing is gone, with what lies below it. */
  remove(path: string): void {
    for (const each of this.#things.keys()) {
      if (each === path || each.startsWith(`${path}/`)) this.#things.delete(each);
    }
  }

  /** In what the hub shows something else. */
  differences(shown: ReadonlyMap<string, Shown>): readonly string[] {
    const paths = new Set([...this.#things.keys(), ...shown.keys()]);
    return [...paths]
      .filter((path) => !isDeepStrictEqual(shown.get(path), this.#things.get(path)))
      .map(
        (path) =>
          `${path} is shown as ${text(shown.get(path))}, and was acknowledged as ${text(this.#things.get(path))}`,
      );
  }
}

function text(thing: Shown | undefined): string {
  return thing === undefined ? 'nothing' : JSON.stringify(thing);
}
