import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { FerryError } from '@ferryline/engine';
import type { PasswordHasher } from '../../application/auth/password-hasher.ts';
import { type Argon2Hash, formatPhc, parsePhc } from './phc-string.ts';

const derive = promisify(argon2);

type Cost = Pick<Argon2Hash, 'memoryKiB' | 'passes' | 'parallelism'>;

/** OWASP's minimum for argon2id (Password Storage Cheat Sheet): 19 MiB, two passes. */
const cost: Cost = { memoryKiB: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** More than any person types; without a limit a password of a megabyte would be a way to keep the hub busy. */
const MAX_PASSWORD_BYTES = 1_024;
/** Node hashes four at a time; with so many under way, whoever comes next would wait for seconds. */
const MAX_UNDER_WAY = 32;

/** Argon2id from Node's own crypto, on its thread pool. */
export class Argon2PasswordHasher implements PasswordHasher {
  #underWay = 0;

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    return formatPhc({ ...cost, salt, tag: await this.#derive(password, { ...cost, salt, tagBytes: TAG_BYTES }) });
  }

  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const stored = hash === undefined ? undefined : parsePhc(hash);
    const { salt, tag, ...storedCost } = stored ?? {
      ...cost,
      salt: randomBytes(SALT_BYTES),
      tag: Buffer.alloc(TAG_BYTES),
    };
    const derived = await this.#derive(password, { ...storedCost, salt, tagBytes: tag.length });
    return timingSafeEqual(derived, tag) && stored !== undefined;
  }

  async #derive(
    password: string,
    { memoryKiB, passes, parallelism, salt, tagBytes }: Cost & { readonly salt: Buffer; readonly tagBytes: number },
  ): Promise<Buffer> {
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
      throw new FerryError('VALIDATION', `A password has at most ${MAX_PASSWORD_BYTES} bytes.`);
    }
    if (this.#underWay >= MAX_UNDER_WAY) {
      throw new FerryError(
        'RATE_LIMITED',
        'Too many people are signing in at this moment. Try again in a few seconds.',
      );
    }
    this.#underWay += 1;
    try {
      return await derive('argon2id', {
        message: password,
        nonce: salt,
        parallelism,
        tagLength: tagBytes,
        memory: memoryKiB,
        passes,
      });
    } finally {
      this.#underWay -= 1;
    }
  }
}
