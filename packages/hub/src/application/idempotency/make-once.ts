import { FerryError } from '../../domain/common/errors.ts';
import type { Principal } from '../auth/principal.ts';
import type { Repositories, Store } from '../store/store.ts';

/** A request that its sender may repeat without meaning it twice. */
export interface OnceRequest {
  /** What the sender calls it; unique among theirs for a day. */
  readonly key: string;
  /** SHA-256 over method, path and body without its passwords, hexadecimal. */
  readonly fingerprint: string;
}

/** What was made, now or when the same request came before. */
export interface MadeOnce<T> {
  readonly made: T;
  readonly isRepeat: boolean;
}

/** What is looked for under a key. */
interface Finding<T> {
  readonly store: Store;
  readonly principal: Principal;
  /** Absent: the request is meant each time it is made. */
  readonly once: OnceRequest | undefined;
  readonly objectKind: string;
  /** What was made earlier, or undefined when it was removed since. */
  readonly find: (id: number) => Promise<T | undefined>;
}

interface Making<T> extends Finding<T> {
  readonly now: () => Date;
  /** Makes the object, in the transaction that also notes the key. */
  readonly make: (repositories: Repositories) => Promise<T>;
}

/**
 * Makes something in one transaction; asked again with the same key, makes nothing and returns what was made then. A hub killed in
 * between has either made the object and noted the key, or neither.
 *
 * @throws FerryError CONFLICT when the key was used for another request, or for something that was removed since.
 */
export async function makeOnce<T extends { readonly id: number }>(making: Making<T>): Promise<MadeOnce<T>> {
  const { store, principal, once, objectKind, now, make } = making;
  const earlier = await madeEarlier(making);
  if (earlier !== undefined) return earlier;
  if (once === undefined) return { made: await store.transaction(make), isRepeat: false };
  try {
    const made = await store.transaction(async (repositories) => {
      const object = await make(repositories);
      const { key, fingerprint } = once;
      const { userId } = principal;
      await repositories.idempotency.create({
        userId,
        key,
        fingerprint,
        objectKind,
        objectId: object.id,
        createdAt: now(),
      });
      return object;
    });
    return { made, isRepeat: false };
  } catch (thrown) {
    // Two at the same moment: whoever comes second gets what the first one made.
    const winner = await madeEarlier(making);
    if (winner === undefined) throw thrown;
    return winner;
  }
}

/**
 * What was made when the same request came before, if it did: to be asked first by whoever has more to find out than `make` does, for
 * a repeated request is answered whatever has changed since.
 *
 * @throws FerryError CONFLICT as `makeOnce`.
 */
export async function madeEarlier<T>({
  store,
  principal,
  once,
  objectKind,
  find,
}: Finding<T>): Promise<MadeOnce<T> | undefined> {
  if (once === undefined) return undefined;
  const record = await store.idempotency.get(principal.userId, once.key);
  if (record === undefined) return undefined;
  if (record.fingerprint !== once.fingerprint || record.objectKind !== objectKind) {
    throw new FerryError(
      'CONFLICT',
      `The Idempotency-Key "${once.key}" was used for another request. Use a new key for each new request.`,
    );
  }
  const object = await find(record.objectId);
  if (object !== undefined) return { made: object, isRepeat: true };
  throw new FerryError(
    'CONFLICT',
    `What was made with the Idempotency-Key "${once.key}" has been removed since. Use a new key to make another.`,
  );
}
