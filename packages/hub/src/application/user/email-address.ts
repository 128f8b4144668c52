import { FerryError } from '../../domain/common/errors.ts';
import { hasInvisible, visibleText } from '../auth/visible-text.ts';

/** RFC 5321, section 4.5.3.1.3. */
export const MAX_EMAIL_LENGTH = 254;

/**
 * An e-mail address as it is kept, in lower case. Only what would surely be a slip of the hand is refused: whether an address exists
 * is found out by writing to it.
 *
 * @throws FerryError VALIDATION.
 */
export function emailAddress(text: string): string {
  const isAddress = /^[^\s@]+@[^\s@]+$/.test(text) && text.length <= MAX_EMAIL_LENGTH && !hasInvisible(text);
  if (isAddress) return text.toLowerCase();
  throw new FerryError('VALIDATION', `"${visibleText(text, 80)}" is not an e-mail address.`, {
    details: { field: 'email' },
  });
}
