import { FerryError } from '@ferryline/engine';
import type { Io } from '../io.ts';
import { readSecretFile } from '../process/secret-file.ts';
import { type Access, keyAccess, passwordAccess } from './access.ts';
import { type Credentials, readCredentials } from './credentials.ts';
import { HubClient } from './hub-client.ts';
import type { HubConnection } from './hub-connection.ts';
import type { HubFlags } from './hub-settings.ts';
import { reachHub } from './reach-hub.ts';
import { StoredAccess } from './stored-access.ts';

/**
 * A client for the hub that the person means: `--hub`, else FERRY_HUB, else the one signed in to last. Who they are comes from
 * FERRY_API_KEY (or FERRY_API_KEY_FILE), else FERRY_EMAIL and FERRY_PASSWORD, else from what `ferry login` stored for that hub.
 *
 * @throws FerryError VALIDATION when no hub is named or what is said of it does not do (`reachHub`), UNAUTHENTICATED when nobody has signed in to it.
 */
export async function connect(io: Io, options: HubFlags & { readonly hub?: string }): Promise<HubClient> {
  const { FERRY_HUB, FERRY_API_KEY, FERRY_API_KEY_FILE, FERRY_EMAIL, FERRY_PASSWORD } = io.env;
  const credentials = await readCredentials(io.env);
  const named = options.hub ?? (FERRY_HUB || undefined) ?? credentials?.current;
  if (named === undefined) {
    throw new FerryError('VALIDATION', 'No hub is named. Sign in with ferry login URL --email YOU, or set FERRY_HUB.');
  }
  const hub = await reachHub(io, named, options);
  if (FERRY_API_KEY) return new HubClient(hub, keyAccess(FERRY_API_KEY));
  if (FERRY_API_KEY_FILE) return new HubClient(hub, keyAccess(await readSecretFile(FERRY_API_KEY_FILE, 'API key')));
  if (FERRY_EMAIL && FERRY_PASSWORD) return new HubClient(hub, passwordAccess(hub, FERRY_EMAIL, FERRY_PASSWORD));
  return new HubClient(hub, accessFromFile(io, hub, credentials));
}

function accessFromFile(io: Io, hub: HubConnection, credentials: Credentials | undefined): Access {
  const { baseUrl } = hub;
  const signIn = credentials?.hubs[baseUrl];
  if (signIn !== undefined) return new StoredAccess(io.env, hub, signIn);
  throw new FerryError(
    'UNAUTHENTICATED',
    `You are not signed in to ${baseUrl}. Sign in with ferry login ${baseUrl} --email YOU, or set FERRY_EMAIL and FERRY_PASSWORD.`,
  );
}
