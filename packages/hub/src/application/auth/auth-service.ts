import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { SignIn } from '../../domain/user/sign-in.ts';
import type { Store } from '../store/store.ts';
import type { AccessTokens } from './access-token.ts';
import { Authentication } from './authentication.ts';
import { FirstAdministrator, type GivenAdministrator, type SetupRequest } from './first-administrator.ts';
import { LoginThrottle } from './login-throttle.ts';
import { OwnPassword, type PasswordChange } from './own-password.ts';
import { PasswordCheck } from './password-check.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { type LoginRequest, PasswordLogin } from './password-login.ts';
import type { Principal } from './principal.ts';
import { Refreshing, type RefreshRequest } from './refreshing.ts';
import { Registration, type RegistrationRequest } from './registration.ts';
import type { OfferedCode } from './setup-code.ts';
import type { SetupCodeFile } from './setup-code-file.ts';
import { SignInFailures } from './sign-in-failures.ts';
import { type Login, SignIns } from './sign-ins.ts';

export type { Login } from './sign-ins.ts';

/** Ended sign-ins are kept for a day, so that a token of one is told apart from a forged one in the log of a bad night. */
const KEEP_ENDED_MS = 24 * 60 * 60_000;

export interface AuthServiceDependencies {
  readonly store: Store;
  readonly passwords: PasswordHasher;
  readonly accessTokens: AccessTokens;
  readonly setupCodeFile: SetupCodeFile;
  readonly now: () => Date;
}

/** Who may use the hub, and how they prove it: the face of what the files beside this one do. */
export class AuthService {
  readonly #store: Store;
  readonly #now: () => Date;
  readonly #authentication: Authentication;
  readonly #signIns: SignIns;
  readonly #refreshing: Refreshing;
  readonly #failures: SignInFailures;
  readonly #passwordLogin: PasswordLogin;
  readonly #ownPassword: OwnPassword;
  readonly #registration: Registration;
  readonly #firstAdministrator: FirstAdministrator;

  constructor(dependencies: AuthServiceDependencies) {
    const { store, passwords, now } = dependencies;
    this.#store = store;
    this.#now = now;
    const signIns = new SignIns(dependencies);
    const failures = new SignInFailures({ store, now });
    const passwordCheck = new PasswordCheck({ passwords, throttle: new LoginThrottle({ now }), failures });
    const parts = { ...dependencies, signIns, failures, passwordCheck };
    this.#signIns = signIns;
    this.#failures = failures;
    this.#authentication = new Authentication(parts);
    this.#refreshing = new Refreshing(parts);
    this.#passwordLogin = new PasswordLogin(parts);
    this.#ownPassword = new OwnPassword(parts);
    this.#registration = new Registration(parts);
    this.#firstAdministrator = new FirstAdministrator(parts);
  }

  /** Attempts to sign in that failed, or were refused unseen, since the hub started. */
  get signInFailures(): number {
    return this.#failures.total;
  }

  /** Who shows this access token or API key, with the rights that the database gives them now. @throws FerryError UNAUTHENTICATED. */
  authenticate(credential: string, address: string | undefined): Promise<Principal> {
    return this.#authentication.authenticate(credential, address);
  }

  /** See `PasswordLogin.login`. */
  login(request: LoginRequest): Promise<Login> {
    return this.#passwordLogin.login(request);
  }

  /** See `Refreshing.refresh`. */
  refresh(request: RefreshRequest): Promise<Login> {
    return this.#refreshing.refresh(request);
  }

  /** See `Registration.register`. */
  register(request: RegistrationRequest): Promise<Login> {
    return this.#registration.register(request);
  }

  /** See `OwnPassword.change`. */
  changePassword(principal: Principal, change: PasswordChange): Promise<void> {
    return this.#ownPassword.change(principal, change);
  }

  /** Ends the sign-in that is in use; its access tokens and its refresh token are dead when this resolves. */
  logout(principal: Principal): Promise<void> {
    return this.#signIns.endOwn(principal);
  }

  /** The principal's own sign-ins that hold, newest first. */
  listSignIns(principal: Principal, page: PageRequest): Promise<Page<SignIn>> {
    return this.#signIns.list(principal, page);
  }

  /** @throws FerryError NOT_FOUND, also for one of somebody else. */
  revokeSignIn(principal: Principal, id: string): Promise<void> {
    return this.#signIns.end(principal, id);
  }

  /** Whether the hub has no user yet, and waits for one to be set up. */
  isSetUpNeeded(): Promise<boolean> {
    return this.#firstAdministrator.isMissing();
  }

  /** See `FirstAdministrator.offerCode`. */
  offerSetupCode(): Promise<OfferedCode | undefined> {
    return this.#firstAdministrator.offerCode();
  }

  /** See `FirstAdministrator.setUp`. */
  setUp(request: SetupRequest): Promise<Login> {
    return this.#firstAdministrator.setUp(request);
  }

  /** See `FirstAdministrator.ensure`. */
  ensureAdministrator(given: GivenAdministrator): Promise<{ readonly email: string } | undefined> {
    return this.#firstAdministrator.ensure(given);
  }

  /** What is due from time to time; to be called every minute. Missing a few does no harm. */
  async tidy(): Promise<void> {
    await this.#failures.writeCountOfLastMinute();
    await this.#firstAdministrator.dropExpiredCode();
    await this.#store.signIns.deleteEndedBefore(new Date(this.#now().getTime() - KEEP_ENDED_MS));
  }

  /** Writes down what was only counted so far; to be called before the database is closed. */
  async close(): Promise<void> {
    await this.#failures.writeCount();
  }
}
