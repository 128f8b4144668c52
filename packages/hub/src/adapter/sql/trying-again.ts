import { setTimeout as delay } from 'node:timers/promises';
import { gaveWay } from './statement-failure.ts';

/** Whoever gives way gives way to somebody who is through: nobody does so six times in a row but by a defect (FAULTS.md F42). */
const MAX_RETRIES = 5;
/** Before the first retry at most; it doubles with each. Drawn at random, so that those who met do not meet again. */
const PAUSE_MS = 10;

/** Every method answers with a promise. */
export type Answering<T> = object & Record<keyof T, (...given: never[]) => Promise<unknown>>;

/** Does the work, and does it over when the database ended it in favour of other work. @throws what the last attempt threw */
export async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await work();
    } catch (thrown) {
      if (!gaveWay(thrown) || retries === MAX_RETRIES) throw thrown;
      await delay(Math.random() * PAUSE_MS * 2 ** retries);
    }
  }
}

/**
 * A repository outside of any transaction, whose methods are done over as `tryAgain` does. Each of them is one statement, or one
 * transaction, or may be called twice.
 */
export function tryingAgain<T extends Answering<T>>(repository: T): T {
  return new Proxy(repository, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...given: unknown[]) => tryAgain(() => method.apply(target, given));
    },
  });
}
