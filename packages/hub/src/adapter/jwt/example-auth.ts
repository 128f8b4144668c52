import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { AuthService } from '../../application/auth/auth-service.ts';
import type { PasswordHasher } from '../../application/auth/password-hasher.ts';
import type { Principal } from '../../application/auth/principal.ts';
import { signedIn } from '../../application/auth/principal-of.ts';
import type { Login } from '../../application/auth/sign-ins.ts';
import { ApiKeyService } from '../../application/user/api-key-service.ts';
import { UserService } from '../../application/user/user-service.ts';
import type { AuditEvent } from '../../domain/audit/audit-event.ts';
import type { UserRole } from '../../domain/user/user.ts';
import { Argon2PasswordHasher } from '../argon2/argon2-password-hasher.ts';
import type { Database } from '../sql/schema.ts';
import { SqlStore } from '../sql/sql-store.ts';
import { JwtAccessTokens } from './jwt-access-tokens.ts';
import { newKeyRing } from './key-ring.ts';

export const PASSWORD = 'nineteen owls at dusk';
export const ADDRESS = '192.0.2.1';
export const visitor = { address: ADDRESS, client: 'a test' };

/** Real argon2, but hardly any of it. */
const cheap = { memoryKiB: 64, passes: 1, parallelism: 1 };

export interface ExampleAuth {
  readonly store: SqlStore;
  readonly auth: AuthService;
  readonly users: UserService;
  readonly keys: ApiKeyService;
  /** What the setup code's file holds. */
  readonly setupCode: { text: string | undefined };
  now(): Date;
  later(seconds: number): void;
  /** A user with `PASSWORD`, made at once. */
  add(email: string, role?: UserRole): Promise<Principal>;
  /** Signs in with `PASSWORD`. */
  login(email: string, address?: string): Promise<Login>;
  /** A principal with an API key of the user's, all rights. */
  withKey(principal: Principal): Promise<Principal>;
  /** Runs of which the dispatcher was told that they are cancelled. */
  readonly cancelledRuns: readonly number[];
  /** What the audit chain holds, oldest first. */
  events(action?: string): Promise<readonly AuditEvent[]>;
}

/** What signing in is made of, over a real database and a clock that stands still, for tests. */
export async function buildExampleAuth(
  db: Kysely<Database>,
  passwords: PasswordHasher = new Argon2PasswordHasher({ cost: cheap, crowd: { inside: 4, waiting: 1_000 } }),
): Promise<ExampleAuth> {
  let clock = new Date('2026-05-04T12:00:00.000Z');
  const now = () => clock;
  const store = new SqlStore(db, now);
  const ring = newKeyRing(clock);
  const setupCode: { text: string | undefined } = { text: undefined };
  const auth = new AuthService({
    store,
    passwords,
    accessTokens: new JwtAccessTokens({ ringAt: async () => ring }),
    setupCodeFile: {
      write: async (code) => {
        setupCode.text = code;
      },
      remove: async () => {
        setupCode.text = undefined;
      },
    },
    now,
  });
  const cancelledRuns: number[] = [];
  const dispatcher = { runCancelled: (id: number) => void cancelledRuns.push(id) };
  const users = new UserService({ store, passwords, dispatcher, now });
  const keys = new ApiKeyService({ store, now });
  const passwordHash = await passwords.hash(PASSWORD);

  return {
    store,
    auth,
    users,
    keys,
    setupCode,
    cancelledRuns,
    now,
    later(seconds) {
      clock = new Date(clock.getTime() + seconds * 1000);
    },
    async add(email, role = 'user') {
      const user = await store.users.create({ email, role, passwordHash });
      return signedIn(user, { id: randomBytes(16).toString('hex') }, ADDRESS);
    },
    login: (email, address = ADDRESS) => auth.login({ email, password: PASSWORD, ...visitor, address }),
    async withKey(principal) {
      const { secret = '' } = await keys.create(principal, { name: 'script', scope: 'full' });
      return auth.authenticate(secret, ADDRESS);
    },
    async events(action) {
      const events = await store.audit.listAfter(0, 1_000);
      return events.filter((event) => action === undefined || event.action === action);
    },
  };
}
