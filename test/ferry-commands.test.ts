import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { main } from '@ferryline/cli';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ferryline } from './system/ferryline.ts';

/** The whole control plane from a terminal: the real command, a real hub, real agents, real files. */

const ADMIN = { FERRY_EMAIL: 'admin@example.test', FERRY_PASSWORD: 'a password for tests only' };
const KIM = 'a long pass phrase of nobody';

let ferryline: Ferryline;
let home: string;

beforeAll(async () => {
  ferryline = await Ferryline.start();
  await ferryline.startBothAgents();
  home = mkdtempSync(join(tmpdir(), 'ferry-home-'));
});
afterAll(async () => {
  await ferryline.close();
  rmSync(home, { recursive: true, force: true });
});

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ferry` in this process; as the administrator, unless the environment says who else. */
async function ferry(args: readonly string[], env: Record<string, string> = ADMIN): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written): PassThrough =>
    new PassThrough().on('data', (piece) => {
      written[name] += String(piece);
    });
  const io = {
    env: { HOME: home, FERRY_HUB: ferryline.hubUrl.origin, ...env },
    stdin: new PassThrough(),
    stdout: stream('stdout'),
    stderr: stream('stderr'),
  };
  const exitCode = await main(args, io);
  return { exitCode, ...written };
}

/** What a command says with --json; it must end well. */
async function json<T>(args: readonly string[], env?: Record<string, string>): Promise<T> {
  const { exitCode, stdout, stderr } = await ferry([...args, '--json'], env);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return JSON.parse(stdout) as T;
}

function file(name: string, text: string): string {
  const path = join(home, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const at = (name: string): string => join(ferryline.folder, name);

describe('a user from invitation to key', () => {
  test('answers an invitation, is signed in, and stays so when the token is refreshed by two at once', async () => {
    const { stdout: code } = await ferry(['users', 'create', 'kim@example.test']);
    const codeFile = file('code', code);
    const passwordFile = file('password', KIM);
    const registered = await ferry(
      ['register', ferryline.hubUrl.origin, '--code-file', codeFile, '--password-file', passwordFile],
      {},
    );
    expect(registered).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('as kim@example.test') });

    const credentials = join(home, '.config', 'ferry', 'credentials.json');
    const stored = JSON.parse(readFileSync(credentials, 'utf8'));
    stored.hubs[ferryline.hubUrl.origin].expiresAt = '2020-01-01T00:00:00Z';
    writeFileSync(credentials, JSON.stringify(stored));
    const both = await Promise.all([ferry(['runs'], {}), ferry(['sign-ins'], {})]);

    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(readdirSync(join(home, '.config', 'ferry'))).toEqual(['credentials.json']);
    expect(readFileSync(credentials, 'utf8')).not.toContain(stored.hubs[ferryline.hubUrl.origin].refreshToken);
  });

  test('sees and uses only the agents that are shared with them', async () => {
    expect((await ferry(['agents'], {})).stdout).toContain('No such agents');
    const copy = ['cp', `source:${at('source')}/a`, `destination:${at('destination')}/`];
    expect(await ferry(copy, {})).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('There is no agent "source"'),
    });
    await ferry(['agents', 'share', 'source', 'kim@example.test', '--access', 'read']);
    await ferry(['agents', 'share', 'destination', 'kim@example.test', '--access', 'read']);
    expect(await ferry(copy, {})).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('You may not copy to agent'),
    });
    await ferry(['agents', 'share', 'destination', 'kim@example.test', '--access', 'write']);
    writeFileSync(at('source/a'), 'hello');

    expect(await ferry(copy, {})).toMatchObject({ exitCode: 0 });
    expect((await ferry(['agents', 'grants', 'destination'])).stdout).toMatch(/kim@example.test\s+write/);
  });

  test('makes a key that does what its scope says, until it is revoked', async () => {
    const key = await json<{ id: number; secret: string }>(['keys', 'create', 'backup', '--scope', 'read'], {});
    const asKey = { FERRY_API_KEY: key.secret };

    expect((await ferry(['runs'], asKey)).exitCode).toBe(0);
    const refused = await ferry(['cp', `source:${at('source')}/a`, `destination:${at('destination')}/b`], asKey);
    expect(refused).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('for reading only') });
    await ferry(['keys', 'revoke', String(key.id)], {});
    expect(await ferry(['runs'], asKey)).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('was revoked') });
  });

  test('signs out, at the hub as well', async () => {
    const file = join(home, '.config', 'ferry', 'credentials.json');
    const { accessToken } = JSON.parse(readFileSync(file, 'utf8')).hubs[ferryline.hubUrl.origin];

    expect((await ferry(['logout'], {})).exitCode).toBe(0);

    const headers = { authorization: `Bearer ${accessToken}` };
    expect((await fetch(new URL('/api/v1/auth/me', ferryline.hubUrl), { headers })).status).toBe(401);
  });
});

describe('agents', () => {
  test('are looked into, tested and named', async () => {
    mkdirSync(at('source/tree/deep'), { recursive: true });
    writeFileSync(at('source/tree/one.log'), '12345');

    const entries = await json<{ name: string; kind: string }[]>(['ls', `source:${at('source/tree')}`]);
    expect(entries.map(({ name, kind }) => [name, kind])).toEqual([
      ['deep', 'directory'],
      ['one.log', 'file'],
    ]);
    expect((await ferry(['ls', 'source'])).stdout).toContain(`${at('source')}:ro`);
    expect(await ferry(['ls', 'source:/etc'])).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('does not allow /etc'),
    });
    expect((await ferry(['ls', `source:${at('source/nowhere')}`])).exitCode).toBe(4);
    expect(await json<object>(['agents', 'test', 'source'])).toMatchObject({
      transport: 'websocket',
      roundTripMs: expect.any(Number),
    });
    await ferry(['agents', 'edit', 'source', '--description', 'the shop', '--label', 'prod', '--label', 'eu']);
    expect(await json<object[]>(['agents', 'list', '--label', 'eu'])).toMatchObject([
      { name: 'source', labels: ['prod', 'eu'] },
    ]);
  });
});

describe('jobs', () => {
  test('push what their patterns mean, and run as they are told', async () => {
    mkdirSync(at('source/logs/tmp'), { recursive: true });
    for (const name of ['a.log', 'b.txt', 'tmp/c.log']) writeFileSync(at(`source/logs/${name}`), name);
    const from = `source:${at('source/logs')}`;
    const to = `destination:${at('destination/pushed')}`;
    const options = ['--include', '*.log', '--exclude', 'tmp/', '--cron', '30 2 * * *', '--time-zone', 'Europe/Berlin'];

    await ferry(['jobs', 'create', 'logs', '--from', from, '--to', to, ...options]);
    const ran = await ferry(['run', 'logs', '--wait']);

    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('completed: 1 file') });
    expect(readdirSync(at('destination/pushed'))).toEqual(['a.log']);
    expect(await json<string[]>(['jobs', 'schedule', 'logs'])).toHaveLength(5);
    expect(await json<object[]>(['runs', 'list', '--job', 'logs'])).toMatchObject([
      { job: { name: 'logs' }, trigger: 'manual' },
    ]);
    await ferry(['jobs', 'pause', 'logs']);
    expect((await ferry(['jobs', 'schedule', 'logs'])).stdout).toBe('Job logs does not run by itself.\n');
    expect((await ferry(['jobs', 'edit', 'logs', '--no-schedule', '--name', 'old logs'])).stdout).toContain('old logs');
    expect((await ferry(['jobs', 'remove', 'old logs'])).exitCode).toBe(0);
  });

  test('pull only what the destination does not hold', async () => {
    mkdirSync(at('source/mirror/deep'), { recursive: true });
    for (const name of ['same', 'changed', 'deep/kept']) writeFileSync(at(`source/mirror/${name}`), `first ${name}`);
    const to = `destination:${at('destination/mirror')}`;
    await ferry(['jobs', 'create', 'pull it', '--type', 'pull', '--from', `source:${at('source/mirror')}`, '--to', to]);
    const counters = async () => (await json<{ run: { counters: object } }>(['run', 'pull it', '--wait'])).run.counters;

    expect(await counters()).toMatchObject({ filesMoved: 3, filesSkipped: 0 });
    writeFileSync(at('source/mirror/changed'), 'second, and longer');
    writeFileSync(at('source/mirror/new'), 'new');

    expect(await counters()).toMatchObject({ filesPlanned: 2, filesMoved: 2, filesSkipped: 2, bytesMoved: 21 });
    expect(readFileSync(at('destination/mirror/changed'), 'utf8')).toBe('second, and longer');
    expect(readFileSync(at('destination/mirror/deep/kept'), 'utf8')).toBe('first deep/kept');
  });

  test('say what a run would do, and do nothing of it', async () => {
    mkdirSync(at('source/planned/deep'), { recursive: true });
    for (const name of ['same', 'new', 'deep/new too']) writeFileSync(at(`source/planned/${name}`), '12345');
    symlinkSync('/etc/hostname', at('source/planned/away'));
    const to = ['--to', `destination:${at('destination/planned')}`];
    const from = ['--from', `source:${at('source/planned')}`];
    await ferry(['jobs', 'create', 'first', ...from, ...to, '--include', 'same']);
    await ferry(['run', 'first', '--wait']);
    await ferry(['jobs', 'create', 'planned', '--type', 'pull', ...from, ...to]);
    const runsBefore = await json<object[]>(['runs', 'list', '--all']);

    const plan = await json<{ files: object[] }>(['plan', 'planned']);
    const shown = await ferry(['plan', 'planned']);

    expect(plan).toMatchObject({
      counters: { filesPlanned: 2, bytesPlanned: 10, filesSkipped: 2, filesFailed: 0, directoriesPlanned: 2 },
      complete: true,
      destinationOnline: true,
      issues: [{ path: 'away' }],
    });
    expect(plan.files).toEqual(
      ['deep/new too', 'new'].map((name) => ({
        sourcePath: at(`source/planned/${name}`),
        destinationPath: at(`destination/planned/${name}`),
        sizeBytes: 5,
      })),
    );
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^Job planned would move 2 files, 10 B; 2 skipped, 0 impossible\.\n/);
    expect(shown.stdout).toContain(`5 B   ${at('source/planned/new')}`);
    expect(readdirSync(at('destination/planned'))).toEqual(['same']);
    expect(await json<object[]>(['runs', 'list', '--all'])).toEqual(runsBefore);
    rmSync(at('source/planned'), { recursive: true });
    expect((await ferry(['plan', 'planned'])).exitCode).toBe(4);
  });

  test('are refused with what is wrong', async () => {
    const from = ['--from', `source:${at('source')}`];
    const to = ['--to', `destination:${at('destination')}/`];
    const create = (...more: string[]) => ferry(['jobs', 'create', 'wrong', ...more]);

    expect(await create(...from)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--to AGENT:/path') });
    expect(await create(...from, ...to, '--cron', '61 * * * *')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('is no schedule'),
    });
    expect(await create(...from, ...to, '--include', '[')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('cannot be used'),
    });
    expect(await create(...from, '--to', `source:${at('source')}/x`)).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('for reading only'),
    });
  });
});

describe('runs and transfers', () => {
  test('that failed are tried again when what was wrong is mended', async () => {
    writeFileSync(at('source/again'), 'content');
    mkdirSync(at('destination/again'));
    const failed = await ferry(['cp', `source:${at('source/again')}`, `destination:${at('destination/again')}`]);
    expect(failed).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('DESTINATION_EXISTS') });
    const [run] = await json<{ id: number }[]>(['runs', 'list', '--status', 'failed']);
    rmSync(at('destination/again'), { recursive: true });

    expect(await ferry(['runs', 'retry', String(run?.id), '--wait'])).toMatchObject({ exitCode: 0 });

    expect(readFileSync(at('destination/again'), 'utf8')).toBe('content');
    expect(await ferry(['runs', 'retry', String(run?.id)])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('nothing of it failed'),
    });
    expect(await json<object>(['transfers', 'retry', '--run', String(run?.id)])).toEqual({ matched: 0, changed: 0 });
    expect((await ferry(['transfers', 'cancel'])).exitCode).toBe(1);
  });
});

describe('the audit chain', () => {
  test('tells who did what, and holds', async () => {
    const verified = await ferry(['audit', 'verify']);
    const output = join(home, 'audit.jsonl');
    await ferry(['audit', 'export', '--output', output]);

    expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^The chain holds: \d+ events/) });
    const exported = readFileSync(output, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(exported.map((event) => event.sequence)).toEqual(exported.map((_, index) => index + 1));
    const actions = new Set(exported.map((event) => event.action));
    for (const action of [
      'user.created',
      'signIn.succeeded',
      'key.created',
      'agent.shared',
      'job.created',
      'run.started',
      'run.retried',
    ]) {
      expect(actions).toContain(action);
    }
    expect(JSON.stringify(exported)).not.toContain(KIM);
    expect((await ferry(['audit', 'list', '--action', 'agent'])).stdout).toContain('agent.shared');
    expect(await json<object[]>(['audit', 'list', '--user', 'kim@example.test', '--on', 'key'])).toMatchObject([
      { action: 'key.revoked' },
      { action: 'key.created' },
    ]);
    expect(await json<object[]>(['tokens', 'list', '--agent', 'source'])).toHaveLength(1);
  });
});
