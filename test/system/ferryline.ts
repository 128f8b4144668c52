import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllowedRoot, type RunningAgent, startAgent } from '@ferryline/agent';
import { startHub } from '@ferryline/hub';
import { pino } from 'pino';

const ADMIN = { email: 'admin@example.test', password: 'a password for tests only' };
const silent = pino({ level: process.env.TEST_LOG ?? 'silent' });

/** What tests ask of a hub, they ask often. */
export const hubHttpSettings = {
  trustedProxies: [],
  corsOrigins: [],
  secureCookies: true,
  setupRemote: false,
  hosts: [],
  requestsPerMinute: 100_000,
} as const;

type HubSettings = Partial<Parameters<typeof startHub>[0]>;

/** A run as the REST API shows it, in the parts that tests look at. */
export interface RunView {
  readonly id: number;
  readonly state: string;
  readonly counters: Readonly<Record<string, number>>;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A problem document (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

/**
 * A real hub, with the embedded database unless it is told of another, and real agents, in this process, in a temporary directory of
 * their own. Close it, and nothing is left.
 */
export class Ferryline {
  /** Holds `source/` and `destination/`, and whatever a test puts there. */
  readonly folder: string;
  readonly #settings: HubSettings;
  readonly #agents: RunningAgent[] = [];
  /** By name: what it takes to start an agent once more. */
  readonly #lives = new Map<
    string,
    { readonly token: string; readonly allow: readonly string[]; agent: RunningAgent }
  >();
  #hub: Awaited<ReturnType<typeof startHub>>;
  #accessToken = '';

  private constructor(folder: string, settings: HubSettings, hub: Awaited<ReturnType<typeof startHub>>) {
    this.folder = folder;
    this.#settings = settings;
    this.#hub = hub;
  }

  /** @param settings where the hub is to be other than `hubConfig` says */
  static async start(settings: HubSettings = {}, logger = silent): Promise<Ferryline> {
    const folder = await mkdtemp(join(tmpdir(), 'ferryline-test-'));
    await mkdir(join(folder, 'source'));
    await mkdir(join(folder, 'destination'));
    const hub = await startHub({ ...hubConfig(folder, 0), ...settings }, { logger });
    const ferryline = new Ferryline(folder, settings, hub);
    await ferryline.#signIn();
    return ferryline;
  }

  get hubUrl(): URL {
    return new URL(this.#hub.url);
  }

  /** Rejects when the hub that runs now cannot go on. */
  get hubClosed(): Promise<void> {
    return this.#hub.closed;
  }

  /** Stops the hub and starts it again on the same data and the same port. @param between - is done while it is stopped */
  async restartHub(between: () => void = () => undefined): Promise<void> {
    const port = Number(this.hubUrl.port);
    await this.#hub.close();
    between();
    this.#hub = await startHub({ ...hubConfig(this.folder, port), ...this.#settings }, { logger: silent });
    await this.#signIn();
  }

  /** An agent named `source`, which may read `source/`, and one named `destination`, which may write `destination/`. */
  async startBothAgents(hubUrl: { readonly source?: URL; readonly destination?: URL } = {}): Promise<void> {
    await this.startAgent('source', [`${join(this.folder, 'source')}:ro`], hubUrl.source);
    await this.startAgent('destination', [`${join(this.folder, 'destination')}:rw`], hubUrl.destination);
  }

  async startAgent(name: string, allow: readonly string[], hubUrl: URL = this.hubUrl): Promise<RunningAgent> {
    const { token } = await this.post<{ token: string }>('tokens', { agent: name });
    return this.startAgentWithToken(name, token, allow, hubUrl);
  }

  async startAgentWithToken(
    name: string,
    token: string,
    allow: readonly string[],
    hubUrl = this.hubUrl,
  ): Promise<RunningAgent> {
    const stateDir = join(this.folder, `state-${name}`);
    await mkdir(stateDir, { recursive: true });
    const agent = await startAgent({ hubUrl, token, roots: allow.map(parseAllowedRoot), stateDir }, silent);
    this.#agents.push(agent);
    this.#lives.set(name, { token, allow, agent });
    await agent.welcome;
    return agent;
  }

  /** Stops an agent: what it holds in part stays. */
  async stopAgent(name: string): Promise<void> {
    await this.#lives.get(name)?.agent.close();
  }

  /** Starts an agent that was stopped, with its token and on its state directory. */
  async startAgentAgain(name: string): Promise<RunningAgent> {
    const life = this.#lives.get(name);
    if (life === undefined) throw new Error(`there was no agent ${name}`);
    return this.startAgentWithToken(name, life.token, life.allow);
  }

  /** Starts an ad-hoc copy; `path`s are below `source/` and `destination/`. */
  startCopy(source: string, destination: string, options: object = {}): Promise<RunView> {
    return this.post<RunView>('runs', {
      source: { agent: 'source', path: join(this.folder, 'source', source) },
      destination: { agent: 'destination', path: `${this.folder}/destination/${destination}` },
      options,
    });
  }

  /** Copies and waits for the end. */
  async copy(source: string, destination: string, options: object = {}): Promise<RunView> {
    const { id } = await this.startCopy(source, destination, options);
    return this.settled(id);
  }

  /** Waits until a run has come to its end. */
  async settled(runId: number): Promise<RunView> {
    return this.runWhen(runId, (run) => run.state !== 'planning' && run.state !== 'running');
  }

  /** Asks for a run until the condition holds. */
  async runWhen(runId: number, holds: (run: RunView) => boolean): Promise<RunView> {
    for (;;) {
      const run = await this.get<RunView>(`runs/${runId}`);
      if (holds(run)) return run;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>('GET', path);
  }

  post<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>('POST', path, JSON.stringify(body));
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>('PATCH', path, JSON.stringify(body));
  }

  /** Removes something, whatever its version. */
  delete(path: string): Promise<void> {
    return this.#ask<void>('DELETE', path);
  }

  /** What the hub measures at this moment, by the name of the metric; those with labels are left out. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const headers = { authorization: `Bearer ${this.#accessToken}` };
    const text = await (await fetch(new URL('metrics', this.hubUrl), { headers })).text();
    return new Map(
      text.split('\n').flatMap((line) => {
        const [, name, value] = /^([a-z_]+) ([\d.e+-]+)$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, Number(value)] as const];
      }),
    );
  }

  /** Posts a body that may be no JSON at all, and says that it is. */
  postText<T>(path: string, body: string): Promise<T> {
    return this.#ask<T>('POST', path, body);
  }

  async close(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.close()));
    await this.#hub.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #signIn(): Promise<void> {
    this.#accessToken = (await this.post<{ accessToken: string }>('auth/login', ADMIN)).accessToken;
  }

  /** The answer's body, if it has one: what was asked for, or the problem document that says why not. */
  async #ask<T>(method: string, path: string, body?: string): Promise<T> {
    const response = await fetch(new URL(`api/v1/${path}`, this.hubUrl), {
      method,
      headers: {
        authorization: `Bearer ${this.#accessToken}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

export function hubConfig(folder: string, port: number): Parameters<typeof startHub>[0] {
  return {
    dataDir: join(folder, 'hub'),
    host: '127.0.0.1',
    port,
    admin: ADMIN,
    http: hubHttpSettings,
    relayMemoryBytes: 32 * 1024 * 1024,
    relayDiskBytes: 2 ** 30,
    logLevel: 'silent',
    heartbeatSeconds: 15,
    stallSeconds: 60,
  };
}
