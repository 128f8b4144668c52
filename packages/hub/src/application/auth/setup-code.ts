import { randomInt } from 'node:crypto';
import { FerryError } from '../../domain/common/errors.ts';
import { credentialHash, isSameHash } from './credential-secret.ts';

/** Without 0 and O, 1, I and L: it is read from one screen and typed into another. Twelve of them are 59 bits. */
const ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const GROUPS = 3;
const GROUP_LENGTH = 4;
const LIFETIME_MS = 30 * 60_000;
const TRIES = 5;

export interface OfferedCode {
  /** `XXXX-XXXX-XXXX`. */
  readonly code: string;
  readonly until: Date;
}

interface Open {
  readonly hash: string;
  readonly until: Date;
  triesLeft: number;
}

/** The code that lets whoever can read the hub's output, and nobody else, make the first administrator. Kept as a hash, in memory. */
export class SetupCode {
  #open: Open | undefined;

  /** Makes a code; one that was open is closed by it. */
  offer(at: Date): OfferedCode {
    const code = Array.from({ length: GROUPS }, randomGroup).join('-');
    const until = new Date(at.getTime() + LIFETIME_MS);
    this.#open = { hash: credentialHash(plain(code)), until, triesLeft: TRIES };
    return { code, until };
  }

  /**
   * Passes for the open code, however it is spaced and in lower case too. Five wrong ones close it. It stays open: what it was shown
   * for may still fail.
   *
   * @throws FerryError UNAUTHENTICATED that says how to get another.
   */
  check(code: string, at: Date): void {
    const open = this.#open;
    if (open === undefined) throw refused('No setup code is open: it was used, tried too often, or never needed.');
    if (open.until <= at) {
      this.close();
      throw refused('The setup code has expired.');
    }
    if (isSameHash(credentialHash(plain(code)), open.hash)) return;
    open.triesLeft -= 1;
    if (open.triesLeft === 0) {
      this.close();
      throw refused('The setup code is wrong, and was tried too often.');
    }
    throw new FerryError('UNAUTHENTICATED', `The setup code is wrong. ${open.triesLeft} more tries are left.`);
  }

  isOpen(at: Date): boolean {
    return this.#open !== undefined && this.#open.until > at;
  }

  close(): void {
    this.#open = undefined;
  }
}

function randomGroup(): string {
  return Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function plain(code: string): string {
  return code.toUpperCase().replace(/[\s-]/g, '');
}

function refused(why: string): FerryError {
  return new FerryError(
    'UNAUTHENTICATED',
    `${why} While the hub has no user, each start of it shows a new one: restart it.`,
  );
}
