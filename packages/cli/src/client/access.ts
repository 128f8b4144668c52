import type { FerryError } from '@ferryline/engine';
import type { HubConnection } from './hub-connection.ts';
import { requestHub } from './request.ts';
import { type Login, loginSchema } from './resources.ts';

/** Where a client gets its access token from. */
export interface Access {
  /** The token to try. */
  token(): Promise<string>;
  /** Another token after the hub refused that one; undefined when there is no way to get one without a person. */
  renewed(): Promise<string | undefined>;
  /** What to tell a person when the hub refuses, and there is no other token. */
  refused(error: FerryError): FerryError;
}

/** A personal API key: it holds until it expires or is revoked. */
export function keyAccess(key: string): Access {
  return { token: async () => key, renewed: async () => undefined, refused: (error) => error };
}

/** Signs in when first needed, and again whenever the token has expired: for scripts and long copies. */
export function passwordAccess(hub: HubConnection, email: string, password: string): Access {
  let current: Promise<string> | undefined;
  const signInAgain = (): Promise<string> => {
    current = signIn(hub, email, password).then((login) => login.accessToken);
    return current;
  };
  return { token: () => current ?? signInAgain(), renewed: signInAgain, refused: (error) => error };
}

/** @throws FerryError UNAUTHENTICATED when the hub does not know them. */
export function signIn(hub: HubConnection, email: string, password: string): Promise<Login> {
  return requestHub(hub, { method: 'POST', path: 'auth/login', body: { email, password }, schema: loginSchema });
}
