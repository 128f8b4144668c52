import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

/** HS256 wants a key as long as its hash (RFC 7518, section 3.2). */
export const KEY_BYTES = 32;
/** Longer than any access token lives, leeway included: what was signed just before a rotation is good to its end. */
const RETIRED_KEY_LIFE_MS = 15 * 60_000;

export interface RingKey {
  /** The name of the key, which tokens carry in their header. */
  readonly kid: string;
  readonly key: KeyObject;
  readonly createdAt: Date;
  /** Since when it signs no more. */
  readonly retiredAt?: Date;
}

/** The keys of this hub: the newest signs, those retired a short time ago still verify. Never empty; changed by making another. */
export class KeyRing {
  readonly keys: readonly RingKey[];
  readonly signing: RingKey;

  /** @throws Error unless there is exactly one key that is not retired. */
  constructor(keys: readonly RingKey[]) {
    const [signing, ...more] = keys.filter((key) => key.retiredAt === undefined);
    if (signing === undefined || more.length > 0) throw new Error('a key ring has exactly one key that signs');
    this.keys = keys;
    this.signing = signing;
  }

  /** The key of that name, unless it is unknown or too old: only from this list, whatever a token says of itself (ATTACKS.md A11). */
  find(kid: string, at: Date): KeyObject | undefined {
    const found = this.keys.find((key) => key.kid === kid);
    return found !== undefined && verifies(found, at) ? found.key : undefined;
  }

  /** A ring with a new key that signs; the one that signed until now only verifies, and those that aged out are gone. */
  rotated(at: Date): KeyRing {
    const { signing } = this;
    const retired = this.keys.filter((key) => key !== signing && verifies(key, at));
    return new KeyRing([...retired, { ...signing, retiredAt: at }, newKey(at)]);
  }
}

/** A ring of one new key. */
export function newKeyRing(at: Date): KeyRing {
  return new KeyRing([newKey(at)]);
}

/** A key under a name of its own; new, unless its bytes are given. */
export function newKey(at: Date, bytes = randomBytes(KEY_BYTES)): RingKey {
  return { kid: randomBytes(8).toString('hex'), key: createSecretKey(bytes), createdAt: at };
}

function verifies({ retiredAt }: RingKey, at: Date): boolean {
  return retiredAt === undefined || retiredAt.getTime() + RETIRED_KEY_LIFE_MS > at.getTime();
}
