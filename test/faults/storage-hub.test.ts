import { randomBytes } from 'node:crypto';
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePostgresDatabase } from '../../packages/hub/src/infrastructure/db/temporary-database.ts';
import { FaultyLink } from '../system/faulty-link.ts';
import { Ferryline, type Problem } from '../system/ferryline.ts';
import { canMountSmallDisk, mountSmallDisk } from '../system/small-disk.ts';

// FAULTS.md, storage of the hub: a database that is away, set back or full has nothing acknowledged that it does not keep.

const MIB = 2 ** 20;
/** Within so long it is noticed that a database is silent. */
const SILENCE_MS = 2_000;

let ferryline: Ferryline;

// vitest.config.ts says so aloud where there is no server.
describe.skipIf(process.env.FERRY_TEST_POSTGRES_URL === undefined)('a database server', () => {
  let postgres: Awaited<ReturnType<typeof makePostgresDatabase>>;
  let link: FaultyLink;

  beforeEach(async () => {
    postgres = await makePostgresDatabase();
    link = await FaultyLink.start(new URL(postgres.url));
    const url = new URL(postgres.url);
    url.port = link.url.port;
    ferryline = await Ferryline.start({ postgres: { url: url.href, poolSize: 4, statementTimeoutMs: 30_000 } });
  });
  afterEach(async () => {
    await ferryline.close();
    await link.close();
    await postgres.remove();
  });

  test('F20: that falls silent has nothing acknowledged meanwhile, agents stay, and the hub that comes after it goes on', async () => {
    await ferryline.startBothAgents();
    writeFileSync(join(ferryline.folder, 'source', 'file'), randomBytes(MIB));
    const before = await ferryline.copy('file', 'before');

    link.fallSilent();
    const heard = await ferryline.post<Problem>('tokens', { agent: 'unheard' });
    const reachable = await fetch(new URL('api/v1/health/live', ferryline.hubUrl));
    link.comeBack();
    link.cut();
    await ferryline.restartHub();

    expect([heard.status, reachable.status]).toEqual([503, 200]);
    expect(before.state).toBe('completed');
    expect(await ferryline.get(`runs/${before.id}`)).toEqual(before);
    expect((await ferryline.copy('file', 'after')).state).toBe('completed');
  });

  test('F20: that falls silent has what asks for it answered with 503 and Retry-After, and goes on by itself when it answers again', async () => {
    const agents = await FaultyLink.start(ferryline.hubUrl);
    await ferryline.startBothAgents({ source: agents.url, destination: agents.url });
    writeFileSync(join(ferryline.folder, 'source', 'file'), randomBytes(MIB));
    await ferryline.copy('file', 'before');
    const { dials } = agents;
    const ask = (path: string, init?: RequestInit) => fetch(new URL(`api/v1/${path}`, ferryline.hubUrl), init);

    link.fallSilent();
    const fellSilentMs = performance.now();
    const waited = await ferryline.get<Problem>('agents');
    const waitedMs = performance.now() - fellSilentMs;
    const refused = await ferryline.post<Problem>('tokens', { agent: 'unheard' });
    const login = await ask('auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'somebody@example.test', password: 'something that is long' }),
    });
    const health = await Promise.all(['health/live', 'health/ready'].map((path) => ask(path)));
    link.goOn();
    await expect.poll(async () => (await ask('health/ready')).status).toBe(200);

    expect(waited).toMatchObject({ status: 503, code: 'TIMEOUT', detail: expect.stringContaining('database') });
    // On a machine with much to do a little later.
    expect(waitedMs).toBeLessThan(SILENCE_MS + 1_000);
    expect(refused).toMatchObject({ status: 503 });
    expect([login.status, login.headers.get('retry-after')]).toEqual([503, '5']);
    expect(health.map(({ status }) => status)).toEqual([200, 503]);
    const { items } = await ferryline.get<{ items: { name: string; status: string }[] }>('agents');
    expect(items.map(({ name, status }) => [name, status])).toEqual(
      expect.arrayContaining([
        ['source', 'online'],
        ['destination', 'online'],
      ]),
    );
    expect(items).toHaveLength(2);
    expect((await ferryline.copy('file', 'after')).state).toBe('completed');
    expect(agents.dials).toBe(dials);
    await agents.close();
  });

  test('F40: that is restarted takes the hub down, whose next start goes on with what was accepted', async () => {
    await ferryline.startBothAgents();
    writeFileSync(join(ferryline.folder, 'source', 'file'), randomBytes(32 * MIB));
    const { id } = await ferryline.startCopy('file', 'file', { compression: 'none' });
    await ferryline.runWhen(id, ({ state }) => state === 'running');

    link.cut();
    await expect(ferryline.hubClosed).rejects.toThrow(/database.*was lost.*Start it again/);
    await ferryline.restartHub();

    expect(await ferryline.settled(id)).toMatchObject({ state: 'completed', counters: { filesMoved: 1 } });
  });

  test('F42: that ends every fifth change, for a deadlock or because it meets another, has each of them made all the same, once', async () => {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    await client
      .query(`
      create sequence changes;
      create function lose() returns trigger language plpgsql as $$ declare change bigint := nextval('changes'); begin
        if change % 10 = 0 then raise exception 'made for a test' using errcode = '40P01'; end if;
        if change % 10 = 5 then raise exception 'made for a test' using errcode = '40001'; end if;
        return new;
      end $$;
      create trigger lose before insert or update on audit_events for each row execute function lose();
    `)
      .finally(() => client.end());
    await ferryline.startBothAgents();
    for (let at = 0; at < 20; at += 1) writeFileSync(join(ferryline.folder, 'source', `${at}`), `${at}`);

    const names = Array.from({ length: 20 }, (_, at) => `agent-${at}`);
    for (const agent of names)
      expect(await ferryline.post('tokens', { agent })).toMatchObject({ agent: { name: agent } });
    const run = await ferryline.copy('.', 'tree');

    expect(run).toMatchObject({ state: 'completed', counters: { filesMoved: 20, filesFailed: 0 } });
    const { items } = await ferryline.get<{ items: { action: string; details: { agent: string } }[] }>(
      'audit?limit=200',
    );
    const told = items.filter(({ action }) => action === 'token.created').map(({ details }) => details.agent);
    expect(told.filter((name) => name.startsWith('agent-')).toSorted()).toEqual(names.toSorted());
  });
});

test('F41: a database that was set back to an earlier moment goes on with what destinations hold, and mixes nothing up', async () => {
  ferryline = await Ferryline.start({ relayMemoryBytes: 2 * MIB });
  const link = await FaultyLink.start(ferryline.hubUrl);
  const [database, kept] = [join(ferryline.folder, 'hub', 'ferryline.db'), join(ferryline.folder, 'kept.db')];
  await ferryline.startAgent('source', [`${join(ferryline.folder, 'source')}:ro`]);
  await ferryline.startAgent('destination', [`${join(ferryline.folder, 'destination')}:rw`], link.url);
  const content = { file: randomBytes(8 * MIB), later: randomBytes(MIB), again: randomBytes(MIB) };
  for (const [name, bytes] of Object.entries(content)) writeFileSync(join(ferryline.folder, 'source', name), bytes);
  const { id } = await ferryline.startCopy('file', 'file', { compression: 'none' });
  await link.carried('fromHub', 4 * MIB);

  await ferryline.restartHub(() => cpSync(database, kept));
  const first = await ferryline.settled(id);
  const later = await ferryline.copy('later', 'later');
  await ferryline.restartHub(() => {
    for (const suffix of ['-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
    cpSync(kept, database);
  });

  const second = await ferryline.settled(id);
  // Its number was that of another run, which the hub does not remember; that of its transfer as well.
  const again = await ferryline.copy('again', 'again');

  expect([first.state, later.state, second.state, again.state]).toEqual(Array(4).fill('completed'));
  expect(again.id).toBe(later.id);
  for (const [name, bytes] of Object.entries(content))
    expect(readFileSync(join(ferryline.folder, 'destination', name)).equals(bytes)).toBe(true);
  await ferryline.close();
  await link.close();
});

test.skipIf(!canMountSmallDisk())(
  'F44: a disk without room for the audit has the hub refuse what it could not record, until there is room (needs leave to mount)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ferryline-audit-'));
    using stack = new DisposableStack();
    stack.defer(() => rmSync(folder, { recursive: true }));
    stack.use(mountSmallDisk(join(folder, 'disk'), 8));
    ferryline = await Ferryline.start({ dataDir: join(folder, 'disk', 'hub') });
    await ferryline.startBothAgents();
    const create = (name: string) => ferryline.post<Problem & { agent?: object }>('tokens', { agent: name });
    const fill = (byte: string): void => {
      const filler = openSync(join(folder, 'disk', byte), 'w');
      // Down to the last byte.
      for (const size of [MIB, 4096, 1]) while (hasTaken(filler, Buffer.alloc(size)));
      closeSync(filler);
    };
    fill('filler');

    const answers: string[] = [];
    while (answers.at(-1) !== 'INTERNAL') {
      const { agent, code } = await create(`agent-${answers.length}`);
      answers.push(agent === undefined ? code : 'done');
    }
    const whileFull = await fetch(new URL('api/v1/health/live', ferryline.hubUrl));
    rmSync(join(folder, 'disk', 'filler'));
    const afterwards = await create('afterwards');
    const { items } = await ferryline.get<{ items: { action: string }[] }>('audit?limit=200');

    expect(whileFull.status).toBe(200);
    expect(afterwards).toMatchObject({ agent: { name: 'afterwards' } });
    // The two agents, those that were done, and the last one.
    const done = 2 + answers.filter((answer) => answer === 'done').length + 1;
    expect(items.filter(({ action }) => action === 'token.created')).toHaveLength(done);
    expect(await ferryline.get('audit/verify')).toMatchObject({ ok: true });
    await ferryline.close();
  },
);

/** Whether a disk had room for that. */
function hasTaken(fd: number, bytes: Buffer): boolean {
  try {
    return writeSync(fd, bytes) > 0;
  } catch {
    return false;
  }
}
