import { z } from 'zod';
import { idText } from '../request/id-params.ts';
import { pageQuery, searchText, sortedBy } from '../request/page-query.ts';

const MAX_PATH_LENGTH = 4_096;
const MAX_NAME_LENGTH = 255;
/** Agents answer from memory: a page that a person can look through, not a whole directory of a million files. */
const DEFAULT_ENTRIES = 500;
const MAX_ENTRIES = 1_000;

export const agentQuery = pageQuery.extend({
  status: z.enum(['online', 'offline']).exactOptional(),
  label: z.string().min(1).max(64).exactOptional(),
  q: searchText.meta({ description: 'Part of the name or the description.' }),
  sort: sortedBy('id', 'name'),
});

export const newAgentSchema = z
  .strictObject({
    name: z.string().max(MAX_NAME_LENGTH),
    description: z.string().exactOptional(),
    labels: z.array(z.string()).exactOptional(),
  })
  .meta({ id: 'NewAgent', examples: [{ name: 'web-01', description: 'Shop, Frankfurt', labels: ['site:fra'] }] });

/** What is left out stays as it is. */
export const agentChangesSchema = newAgentSchema
  .extend({ name: newAgentSchema.shape.name.exactOptional() })
  .meta({ id: 'AgentChanges', examples: [{ labels: ['site:fra', 'os:linux'] }] });

export const listingQuery = z.strictObject({
  path: z.string().min(1).max(MAX_PATH_LENGTH).meta({ description: 'A directory: absolute, below an allowed root.' }),
  after: z.string().min(1).max(MAX_NAME_LENGTH).exactOptional(),
  limit: idText.refine((limit) => limit <= MAX_ENTRIES, `at most ${MAX_ENTRIES}`).exactOptional(),
});

/** The request that a listing query makes. */
export function browseRequest({ path, after, limit = DEFAULT_ENTRIES }: z.infer<typeof listingQuery>) {
  return { path, limit, ...(after !== undefined && { after }) };
}
