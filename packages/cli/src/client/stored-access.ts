import { FerryError } from '@ferryline/engine';
import type { Io } from '../io.ts';
import type { Access } from './access.ts';
import { credentialsFile, readCredentials, replaceSignIn, type SignIn } from './credentials.ts';
import { withFileLock } from './file-lock.ts';
import type { HubConnection } from './hub-connection.ts';
import { requestHub } from './request.ts';
import { loginSchema } from './resources.ts';

/** A token that ends so soon might end on its way. */
const MARGIN_MS = 30_000;

/**
 * What `ferry login` stored for a hub, kept alive. A refresh token is good once, and showing it a second time ends the sign-in: so one
 * ferry refreshes at a time, and the others take what it got.
 */
export class StoredAccess implements Access {
  readonly #env: Io['env'];
  readonly #hub: HubConnection;
  #signIn: SignIn;

  constructor(env: Io['env'], hub: HubConnection, signIn: SignIn) {
    this.#env = env;
    this.#hub = hub;
    this.#signIn = signIn;
  }

  async token(): Promise<string> {
    const isEnding = Date.parse(this.#signIn.expiresAt) - Date.now() < MARGIN_MS;
    if (isEnding) await this.#refresh();
    return this.#signIn.accessToken;
  }

  async renewed(): Promise<string | undefined> {
    const before = this.#signIn.accessToken;
    await this.#refresh();
    return this.#signIn.accessToken === before ? undefined : this.#signIn.accessToken;
  }

  refused(cause: FerryError): FerryError {
    const { baseUrl } = this.#hub;
    return new FerryError(
      'UNAUTHENTICATED',
      `${baseUrl} no longer accepts the stored sign-in. Sign in again: ferry login ${baseUrl} --email YOU`,
      { cause },
    );
  }

  async #refresh(): Promise<void> {
    await withFileLock(`${credentialsFile(this.#env)}.lock`, async () => {
      const stored = (await readCredentials(this.#env))?.hubs[this.#hub.baseUrl];
      if (stored === undefined || stored.accessToken !== this.#signIn.accessToken) {
        this.#signIn = stored ?? this.#signIn;
        return;
      }
      const { refreshToken, email, trust } = stored;
      if (refreshToken === undefined) return;
      const login = await this.#askForNext(refreshToken);
      if (login === undefined) return;
      const { accessToken, expiresAt } = login;
      const next = login.refreshToken === undefined ? {} : { refreshToken: login.refreshToken };
      this.#signIn = { email, accessToken, expiresAt, ...next, ...(trust && { trust }) };
      await replaceSignIn(this.#env, this.#hub.baseUrl, this.#signIn);
    });
  }

  /** Undefined when the sign-in is over: the request it was for says so, and what to do. */
  async #askForNext(refreshToken: string) {
    try {
      const body = { refreshToken };
      return await requestHub(this.#hub, { method: 'POST', path: 'auth/refresh', body, schema: loginSchema });
    } catch (thrown) {
      if (thrown instanceof FerryError && thrown.code === 'UNAUTHENTICATED') return undefined;
      throw thrown;
    }
  }
}
