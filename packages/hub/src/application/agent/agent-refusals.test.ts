import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ExampleControlPlane, exampleControlPlane } from '../../adapter/sql/example-control-plane.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import type { AuditEvent } from '../../domain/audit/audit-event.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { type AgentRefusal, AgentRefusals } from './agent-refusals.ts';

let database: TemporaryDatabase<Database>;
let plane: ExampleControlPlane;
let refusals: AgentRefusals;

beforeEach(async () => {
  database = await migratedDatabase();
  plane = exampleControlPlane(database.db);
  refusals = new AgentRefusals(plane);
});

afterEach(() => database[Symbol.asyncDispose]());

describe('F33: a second machine with the token of a connected agent', () => {
  const second: AgentRefusal = {
    agent: { id: 7, name: 'web-01' },
    tokenId: 3,
    address: '203.0.113.5',
    code: 'CONFLICT',
    reason: 'Agent web-01 is already connected, from 10.1.2.3.',
  };

  test('is on record with agent, address and token, once an hour, and how often it came meanwhile', async () => {
    const written: boolean[] = [];
    for (let seconds = 0; seconds < 3_600; seconds += 60) {
      written.push(await refusals.record(second));
      plane.later(60);
    }
    written.push(await refusals.record(second));

    expect(written.filter((isWritten) => isWritten)).toHaveLength(2);
    expect(await recorded()).toMatchObject([
      {
        actor: { kind: 'agent', id: 7, name: 'web-01', address: '203.0.113.5' },
        object: { kind: 'agent', id: '7', name: 'web-01' },
        details: { code: 'CONFLICT', reason: second.reason, token: 3 },
      },
      { details: { unwritten: 59 } },
    ]);
    expect((await recorded())[0]?.details).not.toHaveProperty('unwritten');
  });

  test('is told for each address, but of no agent more than a few times a minute', async () => {
    for (let host = 1; host <= 8; host += 1) await refusals.record({ ...second, address: `203.0.113.${host}` });
    await refusals.record({ ...second, agent: { id: 8, name: 'vault' } });

    expect((await recorded()).map(({ actor }) => `${actor.name} ${actor.address}`)).toEqual([
      ...[1, 2, 3, 4, 5].map((host) => `web-01 203.0.113.${host}`),
      'vault 203.0.113.5',
    ]);
  });

  test('keeps nobody from hearing that the agent breaks the protocol', async () => {
    await refusals.record(second);
    await refusals.record(second);
    await refusals.record({ ...second, code: 'PROTOCOL', reason: 'Control messages are text.' });

    expect((await recorded()).map(({ details }) => details)).toEqual([
      { code: 'CONFLICT', reason: second.reason, token: 3 },
      { code: 'PROTOCOL', reason: 'Control messages are text.', token: 3, unwritten: 1 },
    ]);
  });
});

/** Every event of the chain, in its order. */
function recorded(): Promise<readonly AuditEvent[]> {
  return plane.store.audit.listAfter(0, 200);
}
