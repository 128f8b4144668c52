import { FerryError } from '@ferryline/engine';
import type { z } from 'zod';
import type { HubClient } from './hub-client.ts';
import {
  type AgentResource,
  agentSchema,
  type JobResource,
  jobSchema,
  type UserResource,
  userSchema,
} from './resources.ts';

/** Things of which the text is a part, so many at most, so that the one with just that name is among them. */
const MAX_CANDIDATES = 1_000;

/** An agent by its name or its id. @throws FerryError NOT_FOUND. */
export function findAgent(client: HubClient, named: string): Promise<AgentResource> {
  return find(client, 'agents', 'agent', agentSchema, named, (agent) => agent.name);
}

/** A job by its name or its id. @throws FerryError NOT_FOUND; CONFLICT when several owners have one of that name. */
export function findJob(client: HubClient, named: string): Promise<JobResource> {
  return find(client, 'jobs', 'job', jobSchema, named, (job) => job.name);
}

/** A user by their e-mail address or id. @throws FerryError NOT_FOUND. */
export function findUser(client: HubClient, named: string): Promise<UserResource> {
  return find(client, 'users', 'user', userSchema, named.toLowerCase(), (user) => user.email);
}

async function find<Schema extends z.ZodType<{ readonly id: number }>>(
  client: HubClient,
  path: string,
  what: string,
  schema: Schema,
  named: string,
  nameOf: (item: z.infer<Schema>) => string,
): Promise<z.infer<Schema>> {
  const candidates = await client.list(path, schema, { q: named }, MAX_CANDIDATES);
  const [found, ...others] = candidates.filter((each) => nameOf(each) === named);
  if (others.length > 0) {
    throw new FerryError('CONFLICT', `There are several ${what}s named "${named}". Name the one you mean by its id.`);
  }
  if (found !== undefined) return found;
  if (/^[1-9]\d{0,14}$/.test(named)) return client.get(`${path}/${named}`, schema);
  throw new FerryError('NOT_FOUND', `The hub knows no ${what} "${named}". ferry ${path} list shows those there are.`);
}
