import { z } from 'zod';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT, type PageRequest } from '../../domain/common/page.ts';

/** A positive integer as it stands in a URL. */
export const idText = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'expected a positive number')
  .transform(Number);

export const idParams = z.strictObject({ id: idText });

/** The body of a request that says all in its URL: none, or an empty object. */
export const emptyBody = z.strictObject({}).nullish();

/** How much of a listing is wanted; routes add their filters. */
export const pageQuery = z.strictObject({
  limit: idText.refine((limit) => limit <= MAX_PAGE_LIMIT, `at most ${MAX_PAGE_LIMIT}`).optional(),
  cursor: z.string().min(1).max(64).optional(),
});

export function pageRequest({ limit = DEFAULT_PAGE_LIMIT, cursor }: z.infer<typeof pageQuery>): PageRequest {
  return { limit, ...(cursor !== undefined && { cursor }) };
}
