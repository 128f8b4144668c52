import type { HubClient, Shown } from './hub-client.ts';
import { type EndShown, endText, type RunShown, shownRun, type TransferShown } from './shown-run.ts';

/** What is compared of each kind of thing: all that clients change. */
const views = {
  agents: ({ name, description, labels }: Shown) => ({ name, description, labels }),
  users: ({ email, role, disabled, invitedUntil }: Shown) => ({
    email,
    role,
    disabled,
    isInvited: invitedUntil !== undefined,
  }),
  jobs: ({ name, source, destination, exclude, options, status }: Shown) => ({
    name,
    from: endText(source as EndShown),
    to: endText(destination as EndShown),
    exclude,
    maxRetries: (options as { maxRetries: number }).maxRetries,
    status,
  }),
  tokens: ({ agent, revokedAt }: Shown) => ({
    agent: (agent as { name: string }).name,
    isRevoked: revokedAt !== undefined,
  }),
  keys: ({ name, scope, revokedAt }: Shown) => ({ name, scope, isRevoked: revokedAt !== undefined }),
};

interface GrantShown {
  readonly user: { readonly id: number; readonly email: string };
  readonly access: string;
}

/** Everything that the hub shows, by its path. */
export async function shownThings(client: HubClient): Promise<ReadonlyMap<string, Shown>> {
  const things = new Map<string, Shown>();
  for (const [collection, view] of Object.entries(views)) {
    for await (const each of client.list(collection)) things.set(`${collection}/${each.id}`, view(each));
  }
  for (const agent of [...things.keys()].filter((path) => path.startsWith('agents/'))) {
    const { body } = await client.get(`${agent}/grants`);
    for (const { user, access } of body.items as readonly GrantShown[]) {
      things.set(`${agent}/grants/${user.id}`, { email: user.email, access });
    }
  }
  const transfers = Map.groupBy(await Array.fromAsync(client.list<TransferShown>('transfers')), (each) => each.runId);
  for await (const run of client.list<RunShown>('runs')) {
    things.set(`runs/${run.id}`, shownRun(run, transfers.get(run.id) ?? []));
  }
  return things;
}
