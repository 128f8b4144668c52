import { z } from 'zod';
import type { Listing } from '../../../application/agent/agent-probe.ts';
import { momentSchema } from '../answer/moment.ts';

/** What is in a directory of an agent. */
export const listingSchema = z
  .object({
    path: z.string(),
    entries: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['file', 'directory', 'symlink', 'other']),
        sizeBytes: z.int().optional(),
        modifiedAt: momentSchema.optional(),
      }),
    ),
    more: z.boolean().meta({ description: 'There is more after the last entry: ask again with its name in `after`.' }),
    unlisted: z.int().meta({ description: 'How many names are not valid UTF-8, and not shown.' }),
  })
  .meta({ id: 'Listing' });

export function listingJson({ path, entries, more, unlisted }: Listing & { readonly path: string }) {
  return {
    path,
    entries: entries.map(({ name, kind, sizeBytes, modifiedAt }) => ({
      name,
      kind,
      ...(sizeBytes !== undefined && { sizeBytes }),
      ...(modifiedAt !== undefined && { modifiedAt: modifiedAt.toISOString() }),
    })),
    more,
    unlisted,
  };
}
