import { displayName } from '../display/display-name.ts';
import { printLine } from '../display/output.ts';
import type { Io } from '../io.ts';
import { credentialsFile, storeSignIn } from './credentials.ts';
import type { Login } from './resources.ts';

/** Remembers a fresh sign-in, and says so. */
export async function keepLogin(io: Io, hub: string, login: Login): Promise<void> {
  const { accessToken, expiresAt, refreshToken, user } = login;
  const next = refreshToken === undefined ? {} : { refreshToken };
  await storeSignIn(io.env, hub, { email: user.email, accessToken, expiresAt, ...next });
  printLine(io, `Signed in to ${hub} as ${displayName(user.email)} (${credentialsFile(io.env)}).`);
}
