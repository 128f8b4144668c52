import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { FerryError } from '@ferryline/engine';
import type { PasswordHasher } from '../../application/auth/password-hasher.ts';
import { MAX_PASSWORD_BYTES } from '../../application/auth/password-policy.ts';
import { type Argon2Cost, affordableCost, isCheaper } from './argon2-cost.ts';
import { formatPhc, parsePhc } from './phc-string.ts';
import { Turnstile, type TurnstileSize } from './turnstile.ts';

const derive = promisify(argon2);

const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** Node's pool has four threads, and chunks are hashed there too: signing in takes half of the processors at most. */
const MOST_AT_ONCE = 4;
const MOST_WAITING = 32;

export interface Argon2Options {
  readonly cost?: Argon2Cost;
  readonly crowd?: TurnstileSize;
}

/** Argon2id from Node's own crypto, on its thread pool. */
export class Argon2PasswordHasher implements PasswordHasher {
  readonly #cost: Argon2Cost;
  readonly #turnstile: Turnstile;

  constructor({ cost = affordableCost(), crowd = usualCrowd() }: Argon2Options = {}) {
    this.#cost = cost;
    this.#turnstile = new Turnstile(crowd);
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const tag = await this.#derive(password, { ...this.#cost, salt, tagBytes: TAG_BYTES });
    return formatPhc({ ...this.#cost, salt, tag });
  }

  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const stored = hash === undefined ? undefined : parsePhc(hash);
    const { salt, tag, ...storedCost } = stored ?? {
      ...this.#cost,
      salt: randomBytes(SALT_BYTES),
      tag: Buffer.alloc(TAG_BYTES),
    };
    const derived = await this.#derive(password, { ...storedCost, salt, tagBytes: tag.length });
    return timingSafeEqual(derived, tag) && stored !== undefined;
  }

  isOutdated(hash: string): boolean {
    const stored = parsePhc(hash);
    return stored === undefined || isCheaper(stored, this.#cost);
  }

  async #derive(
    password: string,
    {
      memoryKiB,
      passes,
      parallelism,
      salt,
      tagBytes,
    }: Argon2Cost & { readonly salt: Buffer; readonly tagBytes: number },
  ): Promise<Buffer> {
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
      throw new FerryError('VALIDATION', `A password has at most ${MAX_PASSWORD_BYTES} bytes.`);
    }
    return this.#turnstile.pass(() =>
      derive('argon2id', {
        message: password,
        nonce: salt,
        parallelism,
        tagLength: tagBytes,
        memory: memoryKiB,
        passes,
      }),
    );
  }
}

function usualCrowd(): TurnstileSize {
  const inside = Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(availableParallelism() / 2)));
  return { inside, waiting: MOST_WAITING };
}
