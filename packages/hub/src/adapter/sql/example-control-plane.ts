import type { Kysely } from 'kysely';
import type { Listing } from '../../application/agent/agent-probe.ts';
import { AgentService } from '../../application/agent/agent-service.ts';
import type { Principal } from '../../application/auth/principal.ts';
import { examplePlanner } from '../../application/run/example-planner.ts';
import { RunService } from '../../application/run/run-service.ts';
import type { AllowedRoot } from '../../domain/agent/agent.ts';
import type { Scope } from '../../domain/user/api-key.ts';
import type { UserRole } from '../../domain/user/user.ts';
import type { Database } from './schema.ts';
import { SqlStore } from './sql-store.ts';

/** Services over a real database, with agents that are only told of, for tests. */
export interface ExampleControlPlane {
  readonly store: SqlStore;
  readonly now: () => Date;
  /** Lets time pass. */
  later(seconds: number): void;
  /** What dispatcher and sessions were told, in order. */
  readonly told: string[];
  readonly agents: AgentService;
  readonly runs: RunService;
  /** Makes a user, as who they are when they ask. */
  principal(role?: UserRole, scope?: Scope): Promise<Principal>;
  /** Makes an agent that has connected and reported its roots; returns its id. */
  connect(name: string, ...roots: readonly AllowedRoot[]): Promise<number>;
  readonly dispatcher: ConstructorParameters<typeof RunService>[0]['dispatcher'];
}

export function exampleControlPlane(db: Kysely<Database>): ExampleControlPlane {
  let clock = new Date('2026-05-04T12:00:00.000Z');
  const now = (): Date => clock;
  const store = new SqlStore(db, now);
  const told: string[] = [];
  const dispatcher: ExampleControlPlane['dispatcher'] = {
    runAppeared: ({ id, state }) => told.push(`run ${id} appeared, ${state}`),
    runRetried: ({ id, state }, retried) => told.push(`run ${id} retried, ${state}, ${retried} transfers`),
    runCancelled: (id) => told.push(`run ${id} cancelled`),
    transfersCancelled: (transfers) => told.push(`cancelled ${transfers.map((each) => each.id)}`),
    transfersRetried: (transfers) => told.push(`retried ${transfers.map((each) => each.id)}`),
    transferResumed: (id) => told.push(`resumed ${id}`),
    heldChunks: () => undefined,
  };
  const listing: Listing = { entries: [{ name: 'a.log', kind: 'file', sizeBytes: 3 }], more: false, unlisted: 0 };
  const agents = new AgentService({
    store,
    probe: { roundTripMs: async () => 3, list: async () => listing },
    removals: { agentRemoved: (id) => told.push(`agent ${id} removed`) },
    now,
  });
  let users = 0;
  return {
    store,
    now,
    later: (seconds) => {
      clock = new Date(clock.getTime() + seconds * 1_000);
    },
    told,
    agents,
    runs: new RunService({
      store,
      agents,
      patterns: { check: () => undefined },
      planner: examplePlanner,
      dispatcher,
      now,
    }),
    dispatcher,
    async principal(role = 'user', scope = 'full') {
      users += 1;
      const { id, email } = await store.users.create({ email: `${role}${users}@example.com`, role });
      const credential = { kind: 'signIn', id: `sign-in-${id}` } as const;
      return { userId: id, role, email, scope, credential, address: '10.9.8.7' };
    },
    async connect(name, ...roots) {
      const { id } = await store.agents.create({ name, description: '', labels: [] });
      const info = { version: '0.1.0', host: name, os: 'linux', arch: 'x64', roots };
      await store.agents.updateInfo(id, { info, transport: 'websocket', address: '10.1.2.3', at: now() });
      return id;
    },
  };
}
