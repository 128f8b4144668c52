import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PassThrough, Writable } from 'node:stream';
import { startAgent } from '@ferryline/agent';
import { main } from '@ferryline/cli';
import { FerryError } from '@ferryline/engine';
import { loadHubConfig, type RunningHub, startHub } from '@ferryline/hub';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline, hubConfig, type Problem, type RunView } from './system/ferryline.ts';
import { canMountSmallDisk, mountSmallDisk } from './system/small-disk.ts';
import { TcpProxy } from './system/tcp-proxy.ts';

// Whatever people get wrong is answered with a code, and with a sentence that names the thing and says what to do.

const MIB = 1024 * 1024;
const isRoot = process.getuid?.() === 0;
const logger = pino({ level: 'silent' });

let ferryline: Ferryline;
let source: string;
let destination: string;
let work: string;

beforeAll(async () => {
  ferryline = await Ferryline.start();
  source = join(ferryline.folder, 'source');
  destination = join(ferryline.folder, 'destination');
  await ferryline.startBothAgents();
});
afterAll(() => ferryline.close());
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'ferryline-bad-input-'));
  return () => rm(work, { recursive: true, force: true });
});

describe('a copy is refused at once', () => {
  test('when there is no such agent: the nearest is named', async () => {
    const problem = await askFor({ agent: 'sorce', path: '/x' }, { agent: 'destination', path: '/x' });

    expectProblem(problem, 404, 'NOT_FOUND', /"sorce".*Did you mean source/);
  });

  test('when the agent never connected', async () => {
    await ferryline.post('tokens', { agent: 'newcomer' });

    const problem = await askFor({ agent: 'newcomer', path: '/x' }, { agent: 'destination', path: '/x' });

    expectProblem(problem, 503, 'AGENT_OFFLINE', /newcomer has never connected.*ferry agent/);
  });

  test('when the source lies outside the allowed roots', async () => {
    const problem = await askFor({ agent: 'source', path: '/etc/passwd' }, { agent: 'destination', path: destination });

    expectProblem(
      problem,
      403,
      'PATH_NOT_ALLOWED',
      `source does not allow /etc/passwd. Its allowed roots are: ${source}`,
    );
  });

  test('when the destination lies outside the allowed roots', async () => {
    const problem = await askFor({ agent: 'source', path: source }, { agent: 'destination', path: `${destination}-2` });

    expectProblem(
      problem,
      403,
      'PATH_NOT_ALLOWED',
      `does not allow ${destination}-2. Its allowed roots are: ${destination}`,
    );
  });

  test.each(['source', 'destination'])('when the path of the %s climbs with ".."', async (end) => {
    const climbing = `${join(ferryline.folder, end)}/a/../../etc`;
    const places = { source, destination, [end]: climbing };

    const problem = await askFor(
      { agent: 'source', path: places.source },
      { agent: 'destination', path: places.destination },
    );

    expectProblem(problem, 400, 'VALIDATION', `"${climbing}" cannot be used: write the path without ".."`);
  });

  test('when the path is not absolute', async () => {
    const problem = await askFor({ agent: 'source', path: 'data' }, { agent: 'destination', path: destination });

    expectProblem(problem, 400, 'VALIDATION', /"data" cannot be used: .*as in \/srv\/data/);
  });

  test('when the destination is open for reading only', async () => {
    const problem = await askFor(
      { agent: 'destination', path: destination },
      { agent: 'source', path: join(source, 'x') },
    );

    expectProblem(problem, 403, 'PATH_NOT_ALLOWED', `source opens ${source} for reading only`);
    expect(problem.detail).toContain('Its own configuration decides that');
  });
});

describe('a copy fails', () => {
  test('when the source does not exist', async () => {
    const run = await ferryline.copy('no such file', 'x');

    expectFailure(run, 'SOURCE_NOT_FOUND', `${source}/no such file does not exist on the source agent.`);
  });

  test('when a directory stands at the destination: a slash at the end is the advice', async () => {
    await writeFile(join(source, 'file'), 'x');
    await mkdir(join(destination, 'a directory'));

    const run = await ferryline.copy('file', 'a directory');

    expectFailure(run, 'DESTINATION_EXISTS', `${destination}/a directory is a directory`);
    expect(run.error?.message).toMatch(/To copy into it, end the path with \/\./);
    expect(await readdir(join(destination, 'a directory'))).toEqual([]);
  });

  test('when something above the destination is a file', async () => {
    await writeFile(join(source, 'file'), 'x');
    await writeFile(join(destination, 'in the way'), 'x');

    const run = await ferryline.copy('file', 'in the way/file');

    expectFailure(run, 'DESTINATION_UNWRITABLE', `${destination}/in the way/file cannot be written`);
    expect(run.error?.message).toContain('something above it is a file');
  });

  test('when the source changes while it is copied, and is not to be tried again: nothing of it is published', async () => {
    const proxy = await TcpProxy.start(Number(ferryline.hubUrl.port));
    const changing = await ferryline.startAgent('changing', [`${work}:ro`], new URL(`http://127.0.0.1:${proxy.port}`));
    const path = join(work, 'growing');
    await writeFile(path, '');
    // More than the relay may hold: the source cannot have read it all when it changes.
    await truncate(path, 96 * MIB);
    const { id } = await startRun('changing', path, 'destination', join(destination, 'growing'), {
      compression: 'none',
      maxRetries: 0,
    });
    await proxy.carried(4 * MIB);

    appendFileSync(path, 'more');

    const run = await ferryline.settled(id);
    expectFailure(run, 'SOURCE_CHANGED', `${path} changed while it was being copied`);
    expect(run.error?.message).toContain('Copy it again when nothing writes to it');
    await changing.close();
    await proxy.close();
    const left = async (): Promise<readonly string[]> =>
      (await readdir(destination)).filter((name) => name === 'growing' || name.startsWith('.'));
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });

  describe.skipIf(!canMountSmallDisk())('on a small disk (needs leave to mount a tmpfs)', () => {
    test('F46: that a file is too large for: the other files arrive', async () => {
      const disk = join(work, 'disk');
      using _mounted = mountSmallDisk(disk, 8);
      const small = await ferryline.startAgent('small', [`${disk}:rw`]);
      await mkdir(join(source, 'too much'));
      await writeFile(join(source, 'too much', 'large'), randomBytes(9 * MIB));
      await writeFile(join(source, 'too much', 'a little'), 'fits');

      const { id } = await startRun('source', join(source, 'too much'), 'small', join(disk, 'too much'));
      const run = await ferryline.settled(id);

      expect(run).toMatchObject({ state: 'partial', counters: { filesMoved: 1, filesFailed: 1 } });
      const [failed, ...others] = await failedTransfers(id);
      expect(failed).toMatchObject({ filename: 'large', error: { code: 'NO_SPACE' } });
      expect(failed?.error?.message).toMatch(/too much\/large .*Make room and try again/);
      expect(others).toEqual([]);
      await expect.poll(() => readdir(join(disk, 'too much'))).toEqual(['a little']);
      await small.close();
    });

    test('F46: that fills up on the way: what arrived is whole, and the others wait until there is room', async () => {
      const disk = join(work, 'disk');
      using mounted = mountSmallDisk(disk, 8);
      const small = await ferryline.startAgent('filling', [`${disk}:rw`]);
      await mkdir(join(source, 'many'));
      for (let at = 0; at < 20; at += 1) await writeFile(join(source, 'many', `${at}`), randomBytes(900 * 1024));

      const { id } = await startRun('source', join(source, 'many'), 'filling', join(disk, 'many'));
      const waiting = await waitingTransfers(id);
      const arrived = (await readdir(join(disk, 'many'))).filter((name) => !name.startsWith('.'));
      await expectWhole(arrived);
      mounted.grow(32);

      expect(await ferryline.settled(id)).toMatchObject({ state: 'completed', counters: { filesMoved: 20 } });
      expect(new Set(waiting.map((transfer) => transfer.error?.code))).toEqual(new Set(['NO_SPACE']));
      expect(arrived.length).toBeLessThan(20);
      const names = await readdir(join(disk, 'many'));
      expect(names.toSorted()).toEqual((await readdir(join(source, 'many'))).toSorted());
      await expectWhole(names);
      await small.close();

      async function expectWhole(files: readonly string[]): Promise<void> {
        for (const name of files) {
          const sent = await readFile(join(source, 'many', name));
          expect(sent.equals(await readFile(join(disk, 'many', name)))).toBe(true);
        }
      }
    });

    async function failedTransfers(run: number): Promise<readonly FailedTransfer[]> {
      return (await ferryline.get<{ items: FailedTransfer[] }>(`transfers?run=${run}&status=failed`)).items;
    }

    /** Asks until some wait, and says which. */
    async function waitingTransfers(run: number): Promise<readonly FailedTransfer[]> {
      for (;;) {
        const { items } = await ferryline.get<{ items: FailedTransfer[] }>(`transfers?run=${run}&status=suspended`);
        if (items.length > 0) return items;
      }
    }
  });

  test.skipIf(isRoot)('F47: when the source may not be read (needs a plain user: root reads everything)', async () => {
    const path = join(source, 'secret');
    await writeFile(path, 'x', { mode: 0o000 });

    const run = await ferryline.copy('secret', 'secret');

    expectFailure(run, 'SOURCE_UNREADABLE', `${path} may not be read by the agent's user. Give that user read access`);
  });

  test.skipIf(isRoot)(
    'F47: when the destination may not be written (needs a plain user: root writes everywhere)',
    async () => {
      await writeFile(join(source, 'file'), 'x');
      await mkdir(join(destination, 'locked'), { mode: 0o555 });

      const run = await ferryline.copy('file', 'locked/file');

      expectFailure(run, 'DESTINATION_UNWRITABLE', `${destination}/locked/file may not be written by the agent's user`);
      await chmod(join(destination, 'locked'), 0o755);
    },
  );
});

describe('an agent does not start', () => {
  test('with a wrong token', async () => {
    const error = await errorOf(ferryline.startAgentWithToken('impostor', 'frl_wrong', [`${work}:ro`]));

    expect(error.code).toBe('UNAUTHENTICATED');
    expect(error.message).toMatch(/token.*ferry tokens create/);
  });

  test('with a token that was revoked', async () => {
    const { token, id } = await ferryline.post<{ token: string; id: number }>('tokens', { agent: 'dismissed' });
    await ferryline.post(`tokens/${id}/revoke`, {});

    const error = await errorOf(ferryline.startAgentWithToken('dismissed', token, [`${work}:ro`]));

    expect(error.code).toBe('UNAUTHENTICATED');
    expect(error.message).toMatch(/revoked|ferry tokens create/);
  });

  test('without an allowed root', async () => {
    const error = await errorOf(startAgent({ ...agentConfig(), roots: [] }, logger));

    expect(error.code).toBe('VALIDATION');
    expect(error.message).toMatch(/may not touch anything yet.*--allow PATH\[:ro\|:rw\]/);
  });

  test('with its state directory inside an allowed root', async () => {
    const stateDir = join(work, 'state');
    const error = await errorOf(
      startAgent({ ...agentConfig(), stateDir, roots: [{ path: work, access: 'rw' }] }, logger),
    );

    expect(error.code).toBe('VALIDATION');
    expect(error.message).toContain(`state directory ${stateDir} and the allowed root ${work}`);
    expect(error.message).toContain('--state-dir');
  });

  test('with an allowed root that does not exist', async () => {
    const path = join(work, 'missing');
    const error = await errorOf(startAgent({ ...agentConfig(), roots: [{ path, access: 'ro' }] }, logger));

    expect(error.code).toBe('VALIDATION');
    expect(error.message).toBe(`The allowed root ${path} does not exist. Create it, or allow another path.`);
  });

  test('with an allowed root that is a file', async () => {
    const path = join(work, 'file');
    await writeFile(path, '');
    const error = await errorOf(startAgent({ ...agentConfig(), roots: [{ path, access: 'ro' }] }, logger));

    expect(error.code).toBe('VALIDATION');
    expect(error.message).toContain(`${path} is not a directory. Allow the directory that holds it.`);
  });

  function agentConfig(): Parameters<typeof startAgent>[0] {
    return { hubUrl: ferryline.hubUrl, token: 'unused', roots: [], stateDir: join(ferryline.folder, 'unused-state') };
  }
});

describe('a hub does not start', () => {
  test('on a port that is in use', async () => {
    const port = Number(ferryline.hubUrl.port);
    const error = await errorOf(start(hubConfig(work, port)));

    expect(error.code).toBe('CONFLICT');
    expect(error.message).toContain(`cannot listen on 127.0.0.1, port ${port}`);
    expect(error.message).toContain('--port');
    // What was opened is closed again: the next start on the same data finds everything free.
    await (await start(hubConfig(work, 0))).close();
  });

  test('on a data directory that is a file', async () => {
    await writeFile(join(work, 'hub'), '');
    const error = await errorOf(start(hubConfig(work, 0)));

    expect(error.code).toBe('INTERNAL');
    expect(error.message).toContain(`${join(work, 'hub')} is not writable`);
    expect(error.message).toContain('--data-dir');
  });

  test.skipIf(isRoot)(
    'on a data directory that it may not write (needs a plain user: root writes everywhere)',
    async () => {
      await mkdir(join(work, 'hub'), { mode: 0o555 });
      const error = await errorOf(start(hubConfig(work, 0)));

      expect(error.code).toBe('INTERNAL');
      expect(error.message).toContain(`${join(work, 'hub')} is not writable`);
      expect(error.message).toMatch(/Give the hub's account write access.*--data-dir/);
    },
  );

  test('F10: on a data directory that another hub holds, which is not disturbed', async () => {
    const error = await errorOf(start(hubConfig(ferryline.folder, 0)));

    expect(error.code).toBe('CONFLICT');
    expect(error.message).toContain(`${join(ferryline.folder, 'hub')} is in use by process ${process.pid}`);
    expect(error.message).toContain('--data-dir');
    await writeFile(join(source, 'still'), 'x');
    expect((await ferryline.copy('still', 'still')).state).toBe('completed');
  });

  test('on a database that is no database', async () => {
    await mkdir(join(work, 'hub'), { mode: 0o700 });
    const file = join(work, 'hub', 'ferryline.db');
    await writeFile(file, 'This is a letter, and quite long enough to be one. '.repeat(100));
    const error = await errorOf(start(hubConfig(work, 0)));

    expect(error.code).toBe('INTERNAL');
    expect(error.message).toContain(`${file} cannot be opened: the file is not a SQLite database. Move it away`);
    expect(await readFile(file, 'utf8')).toMatch(/^This is a letter/);
  });

  test('on a database of a newer version', async () => {
    await (await start(hubConfig(work, 0))).close();
    const database = new DatabaseSync(join(work, 'hub', 'ferryline.db'));
    database.exec("insert into kysely_migration (name, timestamp) values ('9999-tomorrow', 'now')");
    database.close();

    const error = await errorOf(start(hubConfig(work, 0)));

    expect(error.code).toBe('CONFLICT');
    expect(error.message).toMatch(/newer Ferryline \(9999-tomorrow\)\. Start that version, or restore a backup/);
  });

  test.each([
    ['an unknown key', 'relay:\n  memroy: 1GiB\n', /"relay\.memroy" in .*hub\.yaml.*Did you mean "relay\.memory"\?/],
    ['an unknown key at the top', 'prot: 1\n', /"prot" in .*hub\.yaml.*Did you mean "port"\?/],
    [
      'a port that is a word',
      'port: http\n',
      /port in .*hub\.yaml is "http", but it takes a whole number from 0 to 65535/,
    ],
    ['a port that is too large', 'port: 70000\n', /port in .* is "70000".*65535/],
    ['a list where one value belongs', 'host: [a, b]\n', /"host" in .*hub\.yaml takes a single value, not a list/],
    ['a size that is none', 'relay:\n  memory: lots\n', /relay\.memory in .* is "lots".*as in 128MiB/],
    ['a level that does not exist', 'log:\n  level: loud\n', /log\.level in .* is "loud".*takes one of .*info/],
    ['no YAML', 'port: [\n', /hub\.yaml is no valid YAML \(line \d\)/],
    ['no keys', 'just words\n', /hub\.yaml must hold keys and values/],
  ])('with a configuration file that has %s', async (_what, text, sentence) => {
    const file = join(work, 'hub.yaml');
    await writeFile(file, text);

    const error = await errorOf((async () => loadHubConfig({ flags: {}, env: {}, file }))());

    expect(error.code).toBe('VALIDATION');
    expect(error.message).toMatch(sentence);
  });

  test('with a configuration file that is not there', async () => {
    const file = join(work, 'missing.yaml');
    const error = await errorOf((async () => loadHubConfig({ flags: {}, env: {}, file }))());

    expect(error.code).toBe('VALIDATION');
    expect(error.message).toContain(`${file} cannot be read (ENOENT)`);
  });

  function start(config: Parameters<typeof startHub>[0]): Promise<RunningHub> {
    return startHub(config, { logger });
  }
});

describe('the ferry command', () => {
  test('ends with 5 when the hub cannot be reached, and names its address', async () => {
    const url = `http://127.0.0.1:${await unusedPort()}`;

    const { exitCode, stderr } = await ferry(['agents'], {
      FERRY_HUB: url,
      FERRY_EMAIL: 'a@b.example',
      FERRY_PASSWORD: 'x',
    });

    expect(exitCode).toBe(5);
    expect(stderr).toMatch(`ferry: The hub at ${url} cannot be reached: nothing listens there. Check that it runs`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('ends with 5 when the password is wrong', async () => {
    const { exitCode, stderr } = await ferry(['agents'], {
      FERRY_HUB: ferryline.hubUrl.href,
      FERRY_EMAIL: 'admin@example.test',
      FERRY_PASSWORD: 'not the password',
    });

    expect(exitCode).toBe(5);
    expect(stderr).toContain('The e-mail address or the password is wrong.');
  });

  async function ferry(
    args: readonly string[],
    env: Record<string, string>,
  ): Promise<{ exitCode: number; stderr: string }> {
    let stderr = '';
    const sink = (take: (text: string) => void): Writable =>
      new Writable({
        write: (piece, _encoding, done) => {
          take(String(piece));
          done();
        },
      });
    const exitCode = await main(args, {
      env: { HOME: work, ...env },
      stdin: new PassThrough(),
      stdout: sink(() => undefined),
      stderr: sink((text) => {
        stderr += text;
      }),
    });
    return { exitCode, stderr };
  }
});

describe('the REST interface answers with a problem document', () => {
  test.each<[string, string, object | string, number, string, RegExp]>([
    [
      'a wrong password',
      'auth/login',
      { email: 'admin@example.test', password: 'wrong' },
      401,
      'UNAUTHENTICATED',
      /e-mail address or the password is wrong/,
    ],
    [
      'an unknown user',
      'auth/login',
      { email: 'nobody@example.test', password: 'wrong' },
      401,
      'UNAUTHENTICATED',
      /e-mail address or the password is wrong/,
    ],
    ['a login without a password', 'auth/login', { email: 'admin@example.test' }, 400, 'VALIDATION', /password/],
    ['a body that is no JSON', 'runs', '{"source":', 400, 'VALIDATION', /JSON/],
    ['a body that is a list', 'runs', '[]', 400, 'VALIDATION', /body: .*object/],
    ['no body', 'runs', '', 400, 'VALIDATION', /body/i],
    [
      'a run without a destination',
      'runs',
      { source: { agent: 'source', path: '/x' } },
      400,
      'VALIDATION',
      /destination/,
    ],
    [
      'a field of another type',
      'runs',
      { ...someRun(), source: { agent: 7, path: '/x' } },
      400,
      'VALIDATION',
      /source\.agent: .*string/,
    ],
    ['an unknown field', 'runs', { ...someRun(), overwrite: true }, 400, 'VALIDATION', /overwrite/],
    [
      'an unknown compression',
      'runs',
      { ...someRun(), options: { compression: 'rar' } },
      400,
      'VALIDATION',
      /options\.compression: .*zstd/,
    ],
    ['a body beyond 64 KiB', 'runs', { ...someRun(), filler: 'x'.repeat(70_000) }, 413, 'TOO_LARGE', /too large/],
    ['an agent name that none can have', 'tokens', { agent: 'a b/c' }, 400, 'VALIDATION', /a b\/c/],
    ['an expiry that is no time', 'tokens', { agent: 'x', expiresAt: 'tomorrow' }, 400, 'VALIDATION', /expiresAt/],
    ['an id that is no number', 'runs/seven/cancel', {}, 400, 'VALIDATION', /id: expected a positive number/],
    ['an unknown run', 'runs/999999/cancel', {}, 404, 'NOT_FOUND', /no run 999999/],
    ['an unknown token', 'tokens/999999/revoke', {}, 404, 'NOT_FOUND', /999999/],
    ['an unknown path', 'flights', {}, 404, 'NOT_FOUND', /POST \/api\/v1\/flights/],
  ])('to %s', async (_what, path, body, status, code, sentence) => {
    const problem =
      typeof body === 'string'
        ? await ferryline.postText<Problem>(path, body)
        : await ferryline.post<Problem>(path, body);

    expectProblem(problem, status, code, sentence);
    expect(JSON.stringify(problem)).not.toMatch(/node_modules|\.ts\b|at [A-Za-z]+ \(/);
  });

  test('to a request without an access token', async () => {
    const response = await fetch(new URL('api/v1/runs', ferryline.hubUrl));

    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expectProblem((await response.json()) as Problem, 401, 'UNAUTHENTICATED', /Sign in first/);
  });

  function someRun(): object {
    return { source: { agent: 'source', path: '/x' }, destination: { agent: 'destination', path: '/y' } };
  }
});

interface FailedTransfer {
  readonly filename: string;
  readonly error?: { readonly code: string; readonly message: string };
}

interface End {
  readonly agent: string;
  readonly path: string;
}

/** Asks for a run that is refused. */
function askFor(from: End, to: End): Promise<Problem> {
  return ferryline.post<Problem>('runs', { source: from, destination: to });
}

function startRun(from: string, path: string, to: string, into: string, options: object = {}): Promise<RunView> {
  return ferryline.post<RunView>('runs', {
    source: { agent: from, path },
    destination: { agent: to, path: into },
    options,
  });
}

function expectProblem(problem: Problem, status: number, code: string, sentence: string | RegExp): void {
  expect(problem).toMatchObject({ status, code });
  if (typeof sentence === 'string') expect(problem.detail).toContain(sentence);
  else expect(problem.detail).toMatch(sentence);
  expect(problem.detail).toMatch(/\.$|\?$/);
}

function expectFailure(run: RunView, code: string, sentence: string): void {
  expect(run).toMatchObject({ state: 'failed', error: { code } });
  expect(run.error?.message).toContain(sentence);
}

/** The FerryError that a promise is rejected with. */
async function errorOf(promise: Promise<unknown>): Promise<FerryError> {
  const thrown = await promise.then(
    () => new Error('It was not refused.'),
    (reason: unknown) => reason,
  );
  if (thrown instanceof FerryError) return thrown;
  throw thrown;
}

/** A port that was free a moment ago. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}
