import { FerryError } from '../../domain/common/errors.ts';
import { isMadeOfCommonParts } from './common-parts.ts';

/** In characters as people count them. Length is what makes a password strong; nothing is asked of its composition (NIST SP 800-63B). */
export const MIN_PASSWORD_LENGTH = 12;
/** More than any person types; without a limit a password of a megabyte would be a way to keep the hub busy (ATTACKS.md A9). */
export const MAX_PASSWORD_BYTES = 1_024;
/** Shorter parts of a name are found in any sentence. */
const MIN_NAME_PART_LENGTH = 4;
/** `aaaaaaaaaaaa`, `121212121212` and `abcabcabcabc` need no list. */
const LONGEST_DULL_UNIT = 3;
const PRODUCT_WORDS = ['ferryline', 'ferry'];

/**
 * Refuses the passwords that are tried first: short ones, those that are nothing but common words, digits and runs of keys put
 * together, and those with the user's name or the product's in them.
 *
 * @throws FerryError VALIDATION that says what to do instead; never shows the password.
 */
export function refuseWeakPassword(password: string, email: string): void {
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
    throw weak(`A password has at most ${MAX_PASSWORD_BYTES} bytes.`);
  }
  if ([...password].length < MIN_PASSWORD_LENGTH) {
    throw weak(`A password needs at least ${MIN_PASSWORD_LENGTH} characters. A few words in a row are easy to keep.`);
  }
  if (isCommon(password)) {
    throw weak('This password is among the first that attackers try. Take a few words that do not belong together.');
  }
  const word = [...nameParts(email), ...PRODUCT_WORDS].find((each) => password.toLowerCase().includes(each));
  if (word !== undefined) {
    throw weak(`A password must not contain "${word}": names are what attackers try first. Take other words.`);
  }
}

function isCommon(password: string): boolean {
  return repeatedUnit(password.toLowerCase()).length <= LONGEST_DULL_UNIT || isMadeOfCommonParts(password);
}

/** The shortest piece that the text is a repetition of; the text itself when it repeats nothing. */
function repeatedUnit(text: string): string {
  const length = `${text}${text}`.indexOf(text, 1);
  return text.slice(0, length);
}

function nameParts(email: string): string[] {
  const name = email.toLowerCase().split('@')[0] ?? '';
  return name.split(/[^\p{L}\p{N}]+/u).filter((part) => part.length >= MIN_NAME_PART_LENGTH);
}

function weak(message: string): FerryError {
  return new FerryError('VALIDATION', message, { details: { field: 'password' } });
}
