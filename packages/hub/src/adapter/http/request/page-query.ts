import { z } from 'zod';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT, type PageRequest } from '../../../domain/common/page.ts';
import { idText } from './id-params.ts';

const MAX_CURSOR_LENGTH = 4_096;
const MAX_SEARCH_LENGTH = 200;

/** How much of a listing is wanted; routes add their filters. */
export const pageQuery = z.strictObject({
  limit: idText
    .refine((limit) => limit <= MAX_PAGE_LIMIT, `at most ${MAX_PAGE_LIMIT}`)
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: MAX_PAGE_LIMIT,
      pattern: undefined,
      description: `How many items at most; ${DEFAULT_PAGE_LIMIT} when left out.`,
    })
    .exactOptional(),
  cursor: z
    .string()
    .min(1)
    .max(MAX_CURSOR_LENGTH)
    .meta({
      description: 'The `nextCursor` of the page before, for the one after it. Keep filters and order as they were.',
    })
    .exactOptional(),
});

/** `sort=name` from the smallest up, `sort=-name` from the largest down; without it newest first. */
export function sortedBy<const Key extends string>(...keys: readonly Key[]) {
  const choices = keys.flatMap((key) => [key, `-${key}` as const]);
  return z
    .enum(choices as [Key | `-${Key}`, ...(Key | `-${Key}`)[]])
    .meta({ description: 'By what, ascending; with `-` before it descending. Newest first when left out.' })
    .exactOptional();
}

/** A part of a text to look for, without case. */
export const searchText = z.string().min(1).max(MAX_SEARCH_LENGTH).exactOptional();

/** A moment in ISO 8601, with its offset from UTC. */
export const momentText = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .meta({ type: 'string', format: 'date-time', pattern: undefined });

interface SortedPageQuery<Key extends string> {
  readonly limit?: number;
  readonly cursor?: string;
  readonly sort?: Key | `-${Key}`;
}

export function pageRequest<Key extends string = never>({
  limit = DEFAULT_PAGE_LIMIT,
  cursor,
  sort,
}: SortedPageQuery<Key>): PageRequest<Key> {
  return {
    limit,
    ...(cursor !== undefined && { cursor }),
    ...(sort !== undefined && {
      sort: { by: sort.replace(/^-/, '') as Key, direction: sort.startsWith('-') ? 'desc' : 'asc' },
    }),
  };
}
