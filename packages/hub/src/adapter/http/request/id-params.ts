import { z } from 'zod';

/** A positive integer as it stands in a URL: digits, and nothing that only some parsers take for a number. */
export const idText = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'expected a positive number')
  .transform(Number)
  // To whoever reads the description it is the number that it means.
  .meta({ type: 'integer', minimum: 1, maximum: 999_999_999_999_999, pattern: undefined });

/** `/:id`. */
export const idParams = z.strictObject({ id: idText });
