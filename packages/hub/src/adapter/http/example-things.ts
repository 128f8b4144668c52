import { randomBytes } from 'node:crypto';
import type { Scope } from '../../domain/user/api-key.ts';
import { exampleTransfer } from '../sql/example-run.ts';
import type { Caller, ExampleHub } from './example-hub.ts';

/** What belongs to somebody, by the first segment of its path. */
export type Kind = 'users' | 'keys' | 'agents' | 'tokens' | 'jobs' | 'runs' | 'transfers' | 'sign-ins';

const PASSWORD = 'correct horse battery';

export interface ExampleRequest {
  readonly url: string;
  readonly payload?: object;
  /** Of an agent that is an end of what is asked for, or that itself. */
  readonly agentToken: string;
}

type Askers = Pick<
  ExampleThings,
  'owner' | 'stranger' | 'admin' | 'keys' | 'strangerKey' | 'agentToken' | 'otherAgentToken'
>;

/** People and agents with different rights, and things of the first of them, made anew for each request: for tests of who may do what. */
export class ExampleThings {
  readonly #hub: ExampleHub;
  readonly owner: Caller;
  readonly stranger: Caller;
  readonly admin: Caller;
  readonly keys: Readonly<Record<Scope, Caller>>;
  readonly strangerKey: Caller;
  /** Of the source of all that is the owner's. */
  readonly agentToken: string;
  /** Of an agent that has no part in anything of the owner's. */
  readonly otherAgentToken: string;

  private constructor(hub: ExampleHub, askers: Askers) {
    this.#hub = hub;
    this.owner = askers.owner;
    this.stranger = askers.stranger;
    this.admin = askers.admin;
    this.keys = askers.keys;
    this.strangerKey = askers.strangerKey;
    this.agentToken = askers.agentToken;
    this.otherAgentToken = askers.otherAgentToken;
  }

  static async of(hub: ExampleHub): Promise<ExampleThings> {
    const [owner, stranger, admin] = [await hub.signIn('user'), await hub.signIn('user'), await hub.signIn('admin')];
    for (const person of [owner, stranger, admin]) await hub.setPassword(person, PASSWORD);
    const keys = {
      read: await hub.withKey(owner, 'read'),
      run: await hub.withKey(owner, 'run'),
      full: await hub.withKey(owner, 'full'),
    };
    const strangerKey = await hub.withKey(stranger, 'full');
    for (const [name, agentOwner] of Object.entries({
      'web-01': owner,
      vault: owner,
      'web-02': stranger,
      cellar: stranger,
    })) {
      const id = await hub.connect(name, { path: '/srv', access: 'rw' }, { path: '/in', access: 'rw' });
      await hub.store.grants.put({ agentId: id, userId: agentOwner.userId, access: 'write' });
    }
    const agentToken = await newAgentToken(admin, 'web-01');
    const otherAgentToken = await newAgentToken(admin, 'web-02');
    return new ExampleThings(hub, { owner, stranger, admin, keys, strangerKey, agentToken, otherAgentToken });
  }

  /** A thing that belongs to `owner`, who may be the stranger; its id. */
  async make(kind: Kind, owner: Caller): Promise<number | string> {
    const { store } = this.#hub;
    switch (kind) {
      case 'users':
        return owner.userId;
      case 'keys':
        return (await owner.post('/keys', { name: 'one', scope: 'read' })).json().id;
      case 'tokens':
        return (await this.admin.post('/tokens', { agent: 'web-01' })).json().id;
      case 'agents': {
        const id = await this.#hub.connect(`agent-${randomBytes(4).toString('hex')}`, { path: '/srv', access: 'rw' });
        await store.grants.put({ agentId: id, userId: owner.userId, access: 'write' });
        return id;
      }
      case 'jobs':
        return (await owner.post('/jobs', newJob(this.#copyOf(owner)))).json().id;
      case 'runs':
        return (await owner.post('/runs', this.#copyOf(owner))).json().id;
      case 'transfers':
        return this.#transfer(owner);
      case 'sign-ins': {
        const { items } = (await owner.get('/auth/sign-ins')).json();
        const id = randomBytes(16).toString('hex');
        const at = new Date();
        const endsAt = new Date(items[0].endsAt);
        const life = { createdAt: at, lastUsedAt: at, expiresAt: endsAt, endsAt };
        await store.signIns.create({
          id,
          userId: owner.userId,
          refreshHash: '0',
          familyHash: '0',
          ...life,
          address: '',
          client: '',
        });
        return id;
      }
    }
  }

  /** A request for that route that `caller` could make if they had the right to: on a new thing of the owner's. */
  async requestFor(method: string, pattern: string, caller: Caller): Promise<ExampleRequest> {
    const [, first = '', second = ''] = pattern.split('/');
    const kind = (first === 'auth' ? second : first) as Kind;
    const isAdmin = caller.userId === this.admin.userId;
    // Administrators change a user who is not needed afterwards.
    const owner = isAdmin && kind === 'users' ? await this.#hub.signIn('user') : this.owner;
    const id = pattern.includes(':id') ? await this.make(kind, owner) : '';
    const url = pattern.replace(':id', String(id)).replace(':userId', String(this.owner.userId));
    return {
      url: url + (queries[`${method} ${pattern}`] ?? ''),
      ...this.#payload(`${method} ${pattern}`, caller),
      agentToken: kind === 'agents' && id !== '' ? await this.#tokenOf(Number(id)) : this.agentToken,
    };
  }

  async #tokenOf(agentId: number): Promise<string> {
    const agent = await this.#hub.store.agents.getById(agentId);
    if (agent === undefined) throw new Error('the agent is missing');
    return newAgentToken(this.admin, agent.name);
  }

  #payload(route: string, caller: Caller): { readonly payload?: object } {
    const payload = bodies[route]?.(this.#copyOf(caller));
    return payload === undefined ? {} : { payload };
  }

  /** A copy between agents that are shared with the caller. */
  #copyOf({ userId }: Caller): Copy {
    return userId === this.stranger.userId ? copyOfStranger : copy;
  }

  async #transfer(owner: Caller): Promise<number> {
    const { runs, transfers } = this.#hub.store;
    const runId: number = (await owner.post('/runs', this.#copyOf(owner))).json().id;
    const run = await runs.getById(runId);
    if (run === undefined) throw new Error('the run is missing');
    await runs.storePlanPage({
      runId,
      transfers: [exampleTransfer(run, 0)],
      treeEntries: [],
      issues: [],
      progress: { id: runId, state: 'running', counters: run.counters },
    });
    const [transfer] = await transfers.listUnsettled(runId, 0, 1);
    if (transfer === undefined) throw new Error('the transfer is missing');
    return transfer.id;
  }
}

interface Copy {
  readonly source: { readonly agent: string; readonly path: string };
  readonly destination: { readonly agent: string; readonly path: string };
}

const copy: Copy = { source: { agent: 'web-01', path: '/srv/a' }, destination: { agent: 'vault', path: '/srv/b' } };
const copyOfStranger: Copy = {
  source: { agent: 'web-02', path: '/srv/a' },
  destination: { agent: 'cellar', path: '/srv/b' },
};

/** A token as an agent connects with. */
async function newAgentToken(admin: Caller, agent: string): Promise<string> {
  return (await admin.post('/tokens', { agent })).json().token;
}

function newJob(ends: Copy) {
  return { name: `job ${randomBytes(4).toString('hex')}`, type: 'push', ...ends };
}

const queries: Readonly<Record<string, string>> = {
  // Of the agent that is the source of all that is the owner's.
  'DELETE /api/agent/session': '?session=web-01',
  'GET /api/agent/poll': '?session=web-01&after=0',
  'POST /api/agent/messages': '?session=web-01&seq=1',
  'GET /api/agent/lane': '?session=web-01&after=0',
  'POST /api/agent/lane': '?session=web-01&seq=1',
  'GET /agents/:id/files': '?path=/srv',
  'GET /schedule-preview': '?cron=0+3+*+*+*&timeZone=Europe%2FBerlin',
};

const bodies: Readonly<Record<string, (ends: Copy) => object>> = {
  'POST /auth/password': () => ({ current: PASSWORD, next: 'another horse battery' }),
  'POST /users': () => ({ email: `new-${randomBytes(4).toString('hex')}@example.com`, role: 'user' }),
  'PATCH /users/:id': () => ({ disabled: false }),
  'POST /keys': () => ({ name: 'another', scope: 'read' }),
  'POST /agents': () => ({ name: `agent-${randomBytes(4).toString('hex')}` }),
  'PATCH /agents/:id': () => ({ description: 'changed' }),
  'PUT /agents/:id/grants/:userId': () => ({ access: 'write' }),
  'POST /tokens': () => ({ agent: 'web-01' }),
  'POST /jobs': newJob,
  'PATCH /jobs/:id': () => ({ status: 'paused' }),
  'POST /runs': (ends) => ends,
  'POST /transfers/bulk': () => ({ action: 'retry', filter: {} }),
};
