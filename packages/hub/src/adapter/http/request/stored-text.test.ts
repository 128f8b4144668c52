import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type Caller, type ExampleHub } from '../example-hub.ts';

/** What would become part of a statement if the text of one were put together: quotes of every kind, comments, parameters. */
const TEXTS = [
  "x'; drop table users; --",
  "' or '1'='1",
  '" union select password_hash from users --',
  "$1 ? :name @p1 \\' %s %00",
  "'||(select email from users limit 1)||'",
  '/* x */ 100%_\\',
];

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let admin: Caller;

beforeEach(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db, { options: { requestsPerMinute: 1_000_000 } });
  admin = await hub.signIn('admin');
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

// biome-ignore lint/suspicious/noExplicitAny: items of every kind
async function found(path: string, query: Record<string, string>): Promise<any[]> {
  const answer = await admin.get(`${path}?${new URLSearchParams(query)}`);
  expect(answer.statusCode, `${path} ${JSON.stringify(query)} ${answer.body}`).toBe(200);
  return answer.json().items;
}

describe('A61: text that was stored, when it is used again', () => {
  test('A61: descriptions and labels of agents, and what agents say of themselves, come back as they were', async () => {
    for (const [index, text] of TEXTS.entries()) {
      const name = `agent-${index}`;
      // Past the service, which lets no such label pass: what is in the database is nobody's word either.
      const { id } = await hub.store.agents.create({ name, description: text, labels: [text] });
      const roots = [{ path: `/srv/${text}`, access: 'rw' }] as const;
      const info = { version: text, host: text, os: text, arch: text, roots };
      await hub.store.agents.updateInfo(id, { info, transport: 'websocket', address: text, at: new Date() });

      const shown = (await admin.get(`/agents/${id}`)).json();

      expect(shown).toMatchObject({ name, description: text, labels: [text], info });
      expect((await found('/agents', { q: text })).map((each) => each.name)).toEqual([name]);
      expect((await found('/agents', { label: text })).map((each) => each.name)).toEqual([name]);
    }
    expect(await hub.store.users.count()).toBe(1);
  });

  test('A61: names and paths of jobs are found, sorted by and paged through as they were written', async () => {
    for (const name of ['web-01', 'vault']) await hub.connect(name, { path: '/srv', access: 'rw' });
    for (const text of TEXTS) {
      const made = await admin.post('/jobs', {
        name: text,
        type: 'push',
        source: { agent: 'web-01', path: `/srv/${text.replaceAll('/', '')}` },
        destination: { agent: 'vault', path: '/srv/in' },
      });
      expect(made.statusCode, made.body).toBe(201);

      const run = await admin.post(`/jobs/${made.json().id}/run`);
      expect(run.statusCode, run.body).toBe(201);
      expect((await found('/jobs', { q: text })).map((each) => each.name)).toEqual([text]);
      expect(await found('/audit', { action: 'job.created', objectId: String(made.json().id) })).toMatchObject([
        { object: { name: text } },
      ]);
    }

    const names: string[] = [];
    for (let cursor = ''; ; ) {
      const page = (await admin.get(`/jobs?sort=name&limit=1${cursor}`)).json();
      names.push(...page.items.map((each: { readonly name: string }) => each.name));
      if (page.nextCursor === undefined) break;
      cursor = `&cursor=${page.nextCursor}`;
    }

    // Each once, whatever a page began with; in which order is the database's business.
    expect(names.toSorted()).toEqual(TEXTS.toSorted());
    expect((await admin.get('/audit/verify')).json()).toMatchObject({ ok: true });
    expect(await hub.store.users.count()).toBe(1);
  });

  test('A61: names of keys and addresses of users, too', async () => {
    for (const text of TEXTS) {
      expect((await admin.post('/keys', { name: text, scope: 'read' })).statusCode).toBe(201);
      const email = `${text.replaceAll(/[\s@A-Z]/g, '')}@example.com`.toLowerCase();
      expect((await admin.post('/users', { email, role: 'user' })).statusCode).toBe(201);

      expect((await found('/users', { q: email })).map((each) => each.email)).toEqual([email]);
    }

    expect((await found('/keys', {})).map((each) => each.name).toSorted()).toEqual(TEXTS.toSorted());
    expect((await found('/users', { sort: 'email' })).length).toBe(1 + TEXTS.length);
  });
});
