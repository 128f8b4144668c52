import { FerryError } from '../../domain/common/errors.ts';
import type { Store } from './store.ts';

/** The store, with somebody who hears of everything that the database, and not whoever asked, is the reason for. */
export function failureWatchingStore(store: Store, onFailure: (thrown: unknown) => void): Store {
  function watched<T>(answer: T): T {
    if (answer instanceof Promise) answer.catch((thrown: unknown) => isFailure(thrown) && onFailure(thrown));
    return answer;
  }
  function watching<T extends object>(target: T): T {
    return new Proxy(target, {
      get(_target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === 'function') return (...given: unknown[]) => watched(value.apply(target, given));
        return typeof value === 'object' && value !== null ? watching(value) : value;
      },
    });
  }
  return watching(store);
}

/** Refusals (a name that is taken, a version that is stale) are answers, not failures. */
function isFailure(thrown: unknown): boolean {
  return !(thrown instanceof FerryError) || thrown.code === 'INTERNAL';
}
