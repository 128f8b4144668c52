import { displayName } from '../display/display-name.ts';
import { printLine } from '../display/output.ts';
import type { Io } from '../io.ts';
import { credentialsFile, storeSignIn } from './credentials.ts';
import type { HubConnection } from './hub-connection.ts';
import type { Login } from './resources.ts';

/** Remembers a fresh sign-in, and says so. */
export async function keepLogin(io: Io, hub: HubConnection, login: Login): Promise<void> {
  const { accessToken, expiresAt, refreshToken, user } = login;
  const next = refreshToken === undefined ? {} : { refreshToken };
  const { baseUrl, trustSettings: trust } = hub;
  await storeSignIn(io.env, baseUrl, { email: user.email, accessToken, expiresAt, ...next, trust });
  printLine(io, `Signed in to ${baseUrl} as ${displayName(user.email)} (${credentialsFile(io.env)}).`);
}
