import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllowedRoot, type RunningAgent, startAgent } from '@ferryline/agent';
import { pino } from 'pino';
import { type Account, HubClient } from './hub-client.ts';
import type { RunEnds } from './run-changes.ts';

const FILES = 5;
const silent = pino({ level: 'silent' });

/** The real agents that the runs of writers lead from and to, in a folder. */
export class RealAgents {
  readonly ends: RunEnds;
  readonly #folder: string;
  readonly #url: string;
  readonly #tokens: ReadonlyMap<string, string>;
  #running: readonly RunningAgent[] = [];

  private constructor(folder: string, url: string, tokens: ReadonlyMap<string, string>) {
    this.#folder = folder;
    this.#url = url;
    this.#tokens = tokens;
    this.ends = {
      source: { agent: 'source', path: join(folder, 'source', 'tree'), files: FILES },
      near: { agent: 'near', path: join(folder, 'near') },
      away: { agent: 'away', path: join(folder, 'away') },
    };
  }

  /** Enrols the agents at a hub; each has been connected when this returns, and none is. */
  static async enrol(folder: string, url: string, account: Account): Promise<RealAgents> {
    mkdirSync(join(folder, 'source', 'tree'), { recursive: true });
    for (let at = 0; at < FILES; at += 1) writeFileSync(join(folder, 'source', 'tree', `${at}`), `content of ${at}`);
    const client = new HubClient(url, account);
    await client.signIn();
    const tokens = new Map<string, string>();
    for (const agent of ['source', 'near', 'away']) {
      for (const each of [agent, `state-${agent}`]) mkdirSync(join(folder, each), { recursive: true });
      tokens.set(agent, String((await client.post('tokens', { agent })).body.token));
    }
    const agents = new RealAgents(folder, url, tokens);
    await agents.#start(['source', 'near', 'away']);
    await agents.disconnect();
    return agents;
  }

  /** Connects those that are not away. */
  connect(): Promise<void> {
    return this.#start(['source', 'near']);
  }

  /** Disconnects them. May be called twice. */
  async disconnect(): Promise<void> {
    await Promise.all(this.#running.map((agent) => agent.close()));
    this.#running = [];
  }

  async #start(names: readonly string[]): Promise<void> {
    this.#running = await Promise.all(names.map((name) => this.#startAgent(name)));
    await Promise.all(this.#running.map((agent) => agent.welcome));
  }

  #startAgent(name: string): Promise<RunningAgent> {
    const roots = [parseAllowedRoot(`${join(this.#folder, name)}:rw`)];
    const stateDir = join(this.#folder, `state-${name}`);
    return startAgent({ hubUrl: new URL(this.#url), token: this.#tokens.get(name) ?? '', roots, stateDir }, silent);
  }
}
