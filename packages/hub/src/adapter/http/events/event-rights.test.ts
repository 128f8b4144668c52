import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedEventName } from '../../../application/events/feed-event.ts';
import { HEARTBEAT_MS } from '../../../application/events/subscription.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type Caller, type ExampleHub } from '../example-hub.ts';
import { ExampleThings } from '../example-things.ts';
import { hearersByEvent, type Relation } from './event-rights-table.ts';
import { ExampleListener } from './example-listener.ts';

type Listener = 'owner' | 'reader' | 'stranger' | 'admin';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let things: ExampleThings;
let reader: Caller;
/** Each of them listens to everything four times: signed in, and by a key of each scope. */
let streams: { readonly who: Listener; readonly way: string; readonly stream: ExampleListener }[];

beforeAll(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db, { options: { requestsPerMinute: 1_000_000, signInsPerMinute: 1_000_000 } });
  things = await ExampleThings.of(hub);
  reader = await hub.signIn('user');
  for (const name of ['web-01', 'vault']) {
    const agent = await hub.store.agents.getByName(name);
    await shareForReading(agent?.id ?? 0);
  }
  const { owner, stranger, admin } = things;
  streams = [];
  for (const [who, person] of Object.entries({ owner, reader, stranger, admin })) await listen(who as Listener, person);
});

afterAll(async () => {
  for (const { stream } of streams) await stream[Symbol.asyncDispose]();
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

/** Makes each event happen to a new thing of somebody's; returns the id that the event names. */
const causes: Readonly<Record<FeedEventName, (person: Caller) => Promise<unknown>>> = {
  reset: async () => hub.services.events.changes.everythingChanged(),
  runChanged: (person) => things.make('runs', person),
  transferChanged: async (person) => {
    const id = await things.make('transfers', person);
    await person.post(`/transfers/${id}/cancel`);
    return id;
  },
  transfersChanged: async (person) => {
    const id = await things.make('runs', person);
    await person.post(`/runs/${id}/cancel`);
    return id;
  },
  agentChanged: async (person) => {
    const id = await newAgent(person);
    await hub.store.agents.updateStatus(id, 'offline', new Date());
    return id;
  },
  agentRemoved: async (person) => {
    const id = await newAgent(person);
    await things.admin.delete(`/agents/${id}`);
    return id;
  },
  jobChanged: (person) => things.make('jobs', person),
  jobRemoved: async (person) => {
    const id = await things.make('jobs', person);
    await person.delete(`/jobs/${id}`);
    return id;
  },
};

/** What each listener has to do with a thing, by whose it is. */
const relations: Readonly<Record<'owner' | 'stranger', Readonly<Record<Listener, Relation>>>> = {
  owner: { owner: 'owner', reader: 'reader', stranger: 'stranger', admin: 'admin' },
  stranger: { owner: 'stranger', reader: 'stranger', stranger: 'owner', admin: 'admin' },
};

describe('who hears of what', () => {
  test('A22: every event that the interface describes has a row in the table, and every row is an event', async () => {
    const { paths } = (await things.owner.get('/openapi.json')).json();
    const description: string = paths['/api/v1/events'].get.description;

    const described = [...description.matchAll(/`(\w+)` `\{.*?\}`/g)].map(([, name]) => name);

    expect(described.toSorted()).toEqual(Object.keys(hearersByEvent).toSorted());
  });

  const cases = (Object.keys(hearersByEvent) as FeedEventName[]).flatMap((name) =>
    (['owner', 'stranger'] as const).map((whose) => [name, whose] as const),
  );

  test.each(cases)(
    "A22: %s about what is the %s's reaches those that the table names, by every credential",
    async (name, whose) => {
      const id = await causes[name](things[whose]);
      await hub.tellEvents();
      await hub.tellEvents(HEARTBEAT_MS);

      const heard = [];
      for (const { who, way, stream } of streams) {
        const events = await stream.untilBeat();
        if (events.some(({ event, data }) => event === name && (data.id ?? data.runId) === id)) heard.push([who, way]);
      }

      const told = streams.filter(({ who }) => hearersByEvent[name].includes(relations[whose][who]));
      expect(heard).toEqual(told.map(({ who, way }) => [who, way]));
    },
  );
});

/** Opens the streams of one listener; each has heard where it begins. */
async function listen(who: Listener, person: Caller): Promise<void> {
  const callers = {
    'signed in': person,
    'by a read key': await hub.withKey(person, 'read'),
    'by a run key': await hub.withKey(person, 'run'),
    'by a full key': await hub.withKey(person, 'full'),
  };
  for (const [way, caller] of Object.entries(callers)) {
    const stream = await ExampleListener.of(hub, caller);
    streams.push({ who, way, stream });
    expect(await stream.next()).toMatchObject({ event: 'reset' });
  }
}

/** An agent that is shared with that person; of the owner's, the reader may read. */
async function newAgent(person: Caller): Promise<number> {
  const id = Number(await things.make('agents', person));
  if (person === things.owner) await shareForReading(id);
  return id;
}

async function shareForReading(agentId: number): Promise<void> {
  await hub.store.grants.put({ agentId, userId: reader.userId, access: 'read' });
}
