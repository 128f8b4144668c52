import { isExposed, proxyFor, readHubTrust, requireEncryption } from '@ferryline/agent/dial';
import type { Io } from '../io.ts';
import { hubBaseUrl } from './base-url.ts';
import { readCredentials } from './credentials.ts';
import { HubConnection } from './hub-connection.ts';
import { allowsInsecureHttp, type HubFlags, trustSettings } from './hub-settings.ts';

/**
 * The hub at that address, with the trust and the proxy that flags, environment and an earlier sign-in say. Whoever signed in to a
 * plain HTTP hub has said before that its way is safe.
 *
 * @throws FerryError VALIDATION when the address, the trust or the proxy does not do, or would show secrets to others.
 */
export async function reachHub(io: Io, address: string, flags: HubFlags): Promise<HubConnection> {
  const baseUrl = hubBaseUrl(address);
  const hub = new URL(baseUrl);
  const signIn = (await readCredentials(io.env))?.hubs[baseUrl];
  requireEncryption(hub, { insecureHttp: signIn !== undefined || allowsInsecureHttp(flags, io.env) });
  const settings = trustSettings(flags, io.env, signIn?.trust);
  return new HubConnection(baseUrl, {
    trustSettings: settings,
    trust: await readHubTrust(settings),
    proxy: proxyFor(hub, io.env),
  });
}

/** The same, for a secret that a person types or hands over: they hear it when others could read it. */
export async function reachHubToSignIn(io: Io, address: string, flags: HubFlags): Promise<HubConnection> {
  const connection = await reachHub(io, address, flags);
  if (isExposed(new URL(connection.baseUrl)))
    io.stderr.write(`ferry: warning: ${connection.baseUrl} is plain HTTP: others on the way can read the password\n`);
  return connection;
}
