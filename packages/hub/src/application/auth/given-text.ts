import { FerryError } from '../../domain/common/errors.ts';

/**
 * A text that somebody anonymous gave: a null, a list or an object never gets as far as being compared (ATTACKS.md A4).
 *
 * @throws FerryError VALIDATION that names the field.
 */
export function givenText(value: unknown, field: string, maxLength: number): string {
  if (typeof value !== 'string' || value === '') {
    throw new FerryError('VALIDATION', `"${field}" must be a text, and not empty.`, { details: { field } });
  }
  if (value.length <= maxLength) return value;
  throw new FerryError('VALIDATION', `"${field}" has at most ${maxLength} characters.`, { details: { field } });
}
