import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, type FerryProcess, FerryProcesses } from './ferry-processes.ts';
import { TcpProxy } from './tcp-proxy.ts';

const ACCOUNT = { email: 'admin@example.test', password: 'a password for tests only' };

export const parties = ['hub', 'source', 'destination'] as const;
export type Party = (typeof parties)[number];

export interface ThreeProcessesSettings {
  /** The hub's memory for frames, all of which one route may have: the window, in bytes. */
  readonly windowBytes: number;
  /** After three of these without a sign of life a connection is given up. */
  readonly heartbeatSeconds?: number;
  /** How agents reach the hub; as they choose when absent. */
  readonly transport?: 'websocket' | 'polling';
}

/**
 * A hub and two agents, each a process of its own that can be killed, frozen and started again, in a temporary directory. Agent `source`
 * may read and write `source/`, agent `destination` `destination/`. Close it, and nothing is left.
 */
export class ThreeProcesses {
  readonly folder: string;
  readonly #settings: ThreeProcessesSettings;
  readonly #processes = new FerryProcesses();
  readonly #plain: NodeJS.ProcessEnv;
  /** In which `ferry` speaks to this hub as its administrator. */
  #env: NodeJS.ProcessEnv = {};
  readonly #tokens = new Map<Party, string>();
  readonly #running = new Map<Party, FerryProcess>();
  /** The way of the source to the hub. */
  #sourceWay: TcpProxy | undefined;

  private constructor(settings: ThreeProcessesSettings) {
    this.#settings = settings;
    this.folder = mkdtempSync(join(tmpdir(), 'ferryline-three-'));
    for (const each of ['home', 'source', 'destination']) mkdirSync(join(this.folder, each));
    const others = Object.entries(process.env).filter(([name]) => !/^(FERRY|XDG)_/.test(name));
    // Unless a run of tests has named a place for all: half of what a start costs.
    const compiled = { NODE_COMPILE_CACHE: join(this.folder, 'compiled') };
    this.#plain = { ...compiled, ...Object.fromEntries(others), HOME: join(this.folder, 'home') };
  }

  static async start(settings: ThreeProcessesSettings): Promise<ThreeProcesses> {
    const started = new ThreeProcesses(settings);
    try {
      await started.#startAll();
    } catch (thrown) {
      await started.close();
      throw thrown;
    }
    return started;
  }

  get hubUrl(): URL {
    return new URL(this.#env.FERRY_HUB ?? '');
  }

  /** Starts `ferry cp` from below `source/` into a directory below `destination/`. */
  copy(from: string, to: string): FerryProcess {
    return this.#processes.start(['cp', ...this.#ends(from, to), '--json'], this.#env);
  }

  /** Has the hub accept such a copy, and does not wait for it; returns the id of its run. */
  async accepted(from: string, to: string): Promise<number> {
    const { stdout } = await this.ferry('cp', ...this.#ends(from, to), '--no-wait', '--json');
    return (JSON.parse(stdout) as { run: { id: number } }).run.id;
  }

  /** Runs any other `ferry` command as the administrator. */
  ferry(...args: readonly string[]): Promise<Ended> {
    return this.#processes.run(args, this.#env);
  }

  /** Resolves when the process is gone. */
  async kill(party: Party): Promise<void> {
    const running = this.#running.get(party);
    running?.signal('SIGKILL');
    await running?.ended;
  }

  /** The process lives, and does nothing until it is thawed. */
  freeze(party: Party): void {
    this.#running.get(party)?.signal('SIGSTOP');
  }

  thaw(party: Party): void {
    this.#running.get(party)?.signal('SIGCONT');
  }

  /** Starts again what was killed, with the same data; resolves when it is up. @param extra - what else is in its environment */
  async restart(party: Party, extra: NodeJS.ProcessEnv = {}): Promise<void> {
    const port = Number(this.hubUrl.port);
    const started = party === 'hub' ? this.#startHub(port, extra) : this.#startAgent(party, extra);
    this.#running.set(party, started);
    await started.says(party === 'hub' ? /listening on/ : /connected to/);
  }

  /** Sends a signal that ends or moves the process; resolves when it has ended, with how. */
  async signal(party: Party, name: NodeJS.Signals): Promise<Ended | undefined> {
    const running = this.#running.get(party);
    running?.signal(name);
    return running?.ended;
  }

  /** Waits until a process has said something since it was started last. */
  says(party: Party, pattern: RegExp): Promise<RegExpExecArray> | undefined {
    return this.#running.get(party)?.says(pattern);
  }

  /** What the hub says of the latest run's bytes on the wire. */
  async wireBytes(): Promise<number> {
    const { stdout } = await this.ferry('runs', 'list', '--limit', '1', '--json');
    const [run] = JSON.parse(stdout) as { counters: { wireBytes: number } }[];
    return run?.counters.wireBytes ?? Number.NaN;
  }

  /** What all lives of the source have sent to the hub, in bytes on the network. */
  get sentBytes(): number {
    return this.#sourceWay?.carriedBytes ?? 0;
  }

  async close(): Promise<void> {
    // A frozen process does not even die of other signals than this one.
    await this.#processes.end();
    await this.#sourceWay?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #startAll(): Promise<void> {
    const hub = this.#startHub(0);
    this.#running.set('hub', hub);
    const [, url] = await hub.says(/listening on (\S+)\n/);
    this.#env = { ...this.#plain, FERRY_HUB: url, FERRY_EMAIL: ACCOUNT.email, FERRY_PASSWORD: ACCOUNT.password };
    this.#sourceWay = await TcpProxy.start(Number(this.hubUrl.port));
    for (const agent of ['source', 'destination'] as const) {
      const { stdout } = await this.ferry('tokens', 'create', agent, '--json');
      this.#tokens.set(agent, (JSON.parse(stdout) as { token: string }).token);
      this.#running.set(agent, this.#startAgent(agent));
    }
    for (const agent of ['source', 'destination'] as const) await this.#running.get(agent)?.says(/connected to/);
  }

  #ends(from: string, to: string): readonly string[] {
    return [`source:${join(this.folder, 'source', from)}`, `destination:${join(this.folder, 'destination', to)}`];
  }

  #startHub(port: number, extra: NodeJS.ProcessEnv = {}): FerryProcess {
    const { windowBytes, heartbeatSeconds = 15 } = this.#settings;
    const where = ['--port', `${port}`, '--data-dir', join(this.folder, 'hub')];
    const how = ['--relay-memory', `${windowBytes}`, '--heartbeat', `${heartbeatSeconds}`, '--log-level', 'info'];
    const administrator = { FERRY_ADMIN_EMAIL: ACCOUNT.email, FERRY_ADMIN_PASSWORD: ACCOUNT.password };
    return this.#processes.start(['hub', ...where, ...how], { ...this.#plain, ...administrator, ...extra });
  }

  #startAgent(name: 'source' | 'destination', extra: NodeJS.ProcessEnv = {}): FerryProcess {
    const args = ['agent', '--allow', join(this.folder, name), '--state-dir', join(this.folder, `state-${name}`)];
    const url = this.hubUrl;
    if (name === 'source') url.port = `${this.#sourceWay?.port}`;
    const { transport = 'auto' } = this.#settings;
    const own = { FERRY_HUB: url.href, FERRY_TOKEN: this.#tokens.get(name), FERRY_TRANSPORT: transport };
    return this.#processes.start(args, { ...this.#plain, ...own, ...extra });
  }
}
