import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exampleAgent, exampleRun, exampleTransfer } from './client/example-resources.ts';
import { type Answer, type FakeHub, fakeHub } from './client/fake-hub.ts';
import { main } from './main.ts';

const login = {
  body: {
    accessToken: 'access',
    expiresAt: '2027-01-01T00:00:00Z',
    user: { id: 1, email: 'kim@example.org', role: 'admin' },
  },
};

let home: string;
let hub: FakeHub | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ferry-cli-'));
});
afterEach(async () => {
  await hub?.[Symbol.asyncDispose]();
  hub = undefined;
  rmSync(home, { recursive: true, force: true });
});

async function answering(answers: Record<string, Answer | Answer[]>): Promise<FakeHub> {
  hub = await fakeHub({ 'POST auth/login': login, ...answers });
  return hub;
}

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ferry` in this process, signed in to the fake hub unless the environment says otherwise. */
async function ferry(args: readonly string[], env: Record<string, string> = signedIn()): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written): Writable =>
    new Writable({
      write: (piece, _encoding, done) => {
        written[name] += String(piece);
        done();
      },
    });
  const io = {
    env: { HOME: home, ...env },
    stdin: new PassThrough(),
    stdout: stream('stdout'),
    stderr: stream('stderr'),
  };
  const exitCode = await main(args, io);
  return { exitCode, ...written };
}

function signedIn(): Record<string, string> {
  return { FERRY_EMAIL: 'kim@example.org', FERRY_PASSWORD: 'secret', ...(hub && { FERRY_HUB: hub.url }) };
}

describe('ferry', () => {
  test('ends with 1 and one line for wrong usage', async () => {
    const { exitCode, stderr } = await ferry(['agnets']);
    expect(exitCode).toBe(1);
    expect(stderr).toBe("ferry: unknown command 'agnets' (Did you mean agents?). See ferry --help\n");
  });

  test('takes a word after a group of commands for a command that it does not know', async () => {
    const { exitCode, stderr } = await ferry(['runs', 'shwo']);
    expect(exitCode).toBe(1);
    expect(stderr).toBe("ferry: unknown command 'shwo'. See ferry runs --help\n");
  });

  test('ends with 0 for help and names the exit codes there', async () => {
    const { exitCode, stdout } = await ferry(['--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Exit codes: 0 ok, 1 wrong usage/);
  });

  test('says how to name a hub when none is named', async () => {
    expect(await ferry(['agents'], {})).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ferry login') });
  });

  test('ends with 5 and no stack trace when the hub cannot be reached', async () => {
    const { url } = await answering({});
    await hub?.[Symbol.asyncDispose]();
    const { exitCode, stderr } = await ferry(['agents']);
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(new RegExp(`^ferry: The hub at ${url} cannot be reached.*\\n$`));
  });

  test('shows the stack with FERRY_DEBUG=1', async () => {
    expect((await ferry(['agents'], { FERRY_DEBUG: '1' })).stderr).toMatch(/\n {4}at /);
  });
});

describe('ferry login', () => {
  test('stores the token for its owner only, and later commands use it', async () => {
    const { url, asked } = await answering({ 'GET agents': { body: { items: [exampleAgent()] } } });
    const outcome = await ferry(['login', url, '--email', 'kim@example.org'], { FERRY_PASSWORD: 'secret' });
    expect(outcome).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`Signed in to ${url} as kim@example.org`),
    });
    const file = join(home, '.config', 'ferry', 'credentials.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain('secret');
    expect(await ferry(['agents'], {})).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('web-01') });
    expect(asked.at(-1)).toMatchObject({ path: 'agents?limit=50', authorization: 'Bearer access' });
  });

  test('takes the password from a file', async () => {
    const { url, asked } = await answering({});
    const file = join(home, 'password');
    writeFileSync(file, 'from file\n');
    await ferry(['login', url, '--email', 'kim@example.org', '--password-file', file], {});
    expect(asked[0]?.body).toEqual({ email: 'kim@example.org', password: 'from file' });
  });

  test('ends with 5 when the hub does not know them', async () => {
    const { url } = await answering({
      'POST auth/login': { status: 401, body: { code: 'UNAUTHENTICATED', detail: 'Wrong.' } },
    });
    const outcome = await ferry(['login', url, '--email', 'kim'], { FERRY_PASSWORD: 'x' });
    expect(outcome).toMatchObject({ exitCode: 5, stderr: 'ferry: Wrong.\n' });
  });
});

describe('ferry logout', () => {
  const file = () => join(home, '.config', 'ferry', 'credentials.json');

  test('forgets the hub that commands talk to, and no other', async () => {
    const { url } = await answering({});
    await ferry(['login', url, '--email', 'kim@example.org'], { FERRY_PASSWORD: 'secret' });
    const other = url.replace('127.0.0.1', 'localhost');
    await ferry(['login', other, '--email', 'kim@example.org'], { FERRY_PASSWORD: 'secret' });

    expect(await ferry(['logout'], {})).toMatchObject({ exitCode: 0, stdout: `Signed out of ${other}.\n` });

    expect(JSON.parse(readFileSync(file(), 'utf8')).hubs).toEqual({ [url]: expect.anything() });
    expect(await ferry(['agents'], {})).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('No hub') });
    expect(await ferry(['logout', url], {})).toMatchObject({ exitCode: 0 });
    expect(existsSync(file())).toBe(false);
  });

  test('ends with 4 when nobody is signed in', async () => {
    expect(await ferry(['logout'], {})).toMatchObject({ exitCode: 4, stderr: 'ferry: Nobody is signed in here.\n' });
  });
});

describe('listings', () => {
  test('agents: a table for people, with what could deceive spelled out', async () => {
    await answering({ 'GET agents': { body: { items: [exampleAgent({ name: 'we\u001b[31mb' })] } } });
    const { stdout } = await ferry(['agents']);
    expect(stdout).toMatch(/^ID +NAME +STATUS/);
    expect(stdout).toContain('we\\u{1b}[31mb');
    expect(stdout).toContain('/srv:ro');
  });

  test('agents --json: the items as an array', async () => {
    await answering({ 'GET agents': { body: { items: [exampleAgent()] } } });
    expect(JSON.parse((await ferry(['agents', '--json'])).stdout)).toEqual([exampleAgent()]);
  });

  test('agents show: ends with 4 for a name that the hub does not know', async () => {
    await answering({ 'GET agents': { body: { items: [exampleAgent()] } } });
    expect(await ferry(['agents', 'show', 'web-02'])).toMatchObject({ exitCode: 4 });
  });

  test('transfers: asks for one run and one state', async () => {
    const { asked } = await answering({ 'GET transfers': { body: { items: [exampleTransfer()] } } });
    const { stdout } = await ferry(['transfers', '--run', '7', '--status', 'failed']);
    expect(asked.at(-1)?.path).toBe('transfers?run=7&status=failed&limit=50');
    expect(stdout).toContain('web-01:/srv/logs/a.log');
  });

  test('transfers show: says what one waits for', async () => {
    const error = { code: 'NO_SPACE', message: '/in/a.log waits for room: the disk is full.' };
    await answering({ 'GET transfers/31': { body: exampleTransfer({ state: 'suspended', error }) } });
    expect((await ferry(['transfers', 'show', '31'])).stdout).toMatch(/suspended.*NO_SPACE\n.*waits for room/s);
  });

  test('runs: tells what to do when there are none', async () => {
    await answering({ 'GET runs': { body: { items: [] } } });
    expect((await ferry(['runs'])).stdout).toMatch(/No such runs/);
  });

  test('runs cancel: asks the hub', async () => {
    const { asked } = await answering({ 'POST runs/7/cancel': { status: 202, body: {} } });
    expect(await ferry(['runs', 'cancel', '7'])).toMatchObject({ exitCode: 0, stdout: 'Run 7 is being cancelled.\n' });
    expect(asked.at(-1)).toMatchObject({ method: 'POST', path: 'runs/7/cancel' });
  });
});

describe('ferry tokens', () => {
  const created = {
    status: 201,
    body: { agent: { id: 1, name: 'web-01' }, token: 'frl_secret', id: 5, prefix: 'frl_se' },
  };

  test('create: the secret alone on standard output', async () => {
    const { asked } = await answering({ 'POST tokens': created });
    const outcome = await ferry(['tokens', 'create', 'web-01']);
    expect(outcome).toMatchObject({
      exitCode: 0,
      stdout: 'frl_secret\n',
      stderr: expect.stringContaining('shown this once'),
    });
    expect(asked.at(-1)?.body).toEqual({ agent: 'web-01' });
  });

  test('create --json: agent and token', async () => {
    await answering({ 'POST tokens': created });
    const { stdout } = await ferry(['tokens', 'create', 'web-01', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ agent: { id: 1, name: 'web-01' }, token: 'frl_secret' });
  });

  test('revoke: by id', async () => {
    const { asked } = await answering({ 'POST tokens/5/revoke': {} });
    expect(await ferry(['tokens', 'revoke', '5'])).toMatchObject({ exitCode: 0 });
    expect(asked.at(-1)?.path).toBe('tokens/5/revoke');
  });
});

describe('ferry cp', () => {
  const ended = { endedAt: '2026-01-02T03:04:07.000Z' };
  const copy = ['cp', 'web-01:/srv/logs', 'vault:/in'];

  test('starts a run, follows it to its end and sums it up', async () => {
    const moved = { filesPlanned: 3, filesMoved: 3, bytesPlanned: 2048, bytesMoved: 2048 };
    const { asked } = await answering({
      'POST runs': { status: 201, body: exampleRun({ state: 'planning' }) },
      'GET runs/7': [{ body: exampleRun() }, { body: exampleRun({ state: 'completed', ...ended }, moved) }],
    });
    const outcome = await ferry([...copy, '--compression', 'zstd', '--existing', 'fail']);
    expect(outcome).toEqual({
      exitCode: 0,
      stdout: 'Run 7 completed: 3 files, 2.0 KiB in 2.0 s (1.0 KiB/s), 0 skipped, 0 failed\n',
      stderr: '',
    });
    expect(asked.find((each) => each.method === 'POST' && each.path === 'runs')?.body).toEqual({
      source: { agent: 'web-01', path: '/srv/logs' },
      destination: { agent: 'vault', path: '/in' },
      options: { compression: 'zstd', existing: 'fail' },
    });
  });

  test('ends with 2 and names what failed and what was skipped, and why', async () => {
    const failed = exampleTransfer({ state: 'failed', error: { code: 'NO_SPACE', message: 'The disk is full.' } });
    await answering({
      'POST runs': { status: 201, body: exampleRun() },
      'GET runs/7': { body: exampleRun({ state: 'partial', ...ended }, { filesFailed: 1, filesSkipped: 1 }) },
      'GET transfers': { body: { items: [failed] } },
      'GET runs/7/issues': { body: { items: [{ path: 'so\ncket', message: 'a socket' }] } },
    });
    const { exitCode, stdout } = await ferry(copy);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('failed:\n  /srv/logs/a.log: NO_SPACE: The disk is full.\n');
    expect(stdout).toContain('skipped:\n  so\\u{a}cket: a socket\n');
  });

  test.each([
    ['SOURCE_NOT_FOUND', 4],
    ['PATH_NOT_ALLOWED', 5],
    ['NO_SPACE', 3],
    ['A_NEWER_CODE', 3],
  ])('ends a run that failed with %s with %d', async (code, exitCode) => {
    await answering({
      'POST runs': { status: 201, body: exampleRun() },
      'GET runs/7': { body: exampleRun({ state: 'failed', error: { code, message: 'No.' }, ...ended }) },
      'GET transfers': { body: { items: [] } },
      'GET runs/7/issues': { body: { items: [] } },
    });
    expect(await ferry(copy)).toMatchObject({ exitCode, stdout: expect.stringContaining(`${code}: No.`) });
  });

  test('goes on through a hub that is away for a moment', async () => {
    await answering({
      'POST runs': { status: 201, body: exampleRun() },
      'GET runs/7': [{ status: 503, body: '' }, { body: exampleRun({ state: 'completed', ...ended }) }],
    });
    expect(await ferry(copy)).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('still trying') });
  });

  test('--json prints the report as one object', async () => {
    const run = exampleRun({ state: 'completed', ...ended });
    await answering({ 'POST runs': { status: 201, body: exampleRun() }, 'GET runs/7': { body: run } });
    expect(JSON.parse((await ferry([...copy, '--json'])).stdout)).toEqual({ run, failedTransfers: [], issues: [] });
  });

  test('--no-wait leaves at once', async () => {
    const { asked } = await answering({ 'POST runs': { status: 201, body: exampleRun() } });
    expect(await ferry([...copy, '--no-wait'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Run 7'),
    });
    expect(asked.some((each) => each.path === 'runs/7')).toBe(false);
  });

  test('ends with 1 when an end is not AGENT:/path', async () => {
    await answering({});
    expect(await ferry(['cp', '/srv', 'vault:/in'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('AGENT:/path'),
    });
  });
});
