import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, FerryProcesses } from './system/ferry-processes.ts';

const GIB = 2 ** 30;
const EMAIL = 'admin@example.test';
const PASSWORD = 'nobody guesses this one';
/** As it is, or within a JSON log line. */
const STACK_TRACE = /(?:\n|\\n) {4}at /;
const ODD_NAME = 'red\u001b[31m\u202eexe.txt';
const ODD_NAME_SHOWN = 'red\\u{1b}[31m\\u{202e}exe.txt';

interface CopyReport {
  readonly run: {
    readonly id: number;
    readonly state: string;
    readonly counters: Readonly<Record<string, number>>;
  };
  readonly failedTransfers: readonly { readonly source: { readonly path: string } }[];
  readonly issues: readonly { readonly path: string }[];
}

interface MovingRun {
  readonly id: number;
  readonly destination: { readonly path: string };
}

/** Ours, but nobody's settings and nobody's home. */
function plainEnvironment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(FERRY|XDG)_/.test(name));
  return { ...Object.fromEntries(kept), HOME: home };
}

describe('the ferry command', { timeout: 30_000 }, () => {
  const processes = new FerryProcesses();
  const folder = mkdtempSync(join(tmpdir(), 'ferry-cli-test-'));
  const plain = plainEnvironment(join(folder, 'home'));
  const [source, vault] = [join(folder, 'source'), join(folder, 'vault')];
  const hubArgs = ['hub', '--port', '0', '--data-dir', join(folder, 'hub'), '--log-level', 'error'];
  let env: NodeJS.ProcessEnv;
  let hub: ReturnType<FerryProcesses['start']>;
  let agents: ReturnType<FerryProcesses['start']>[];
  let tokens: string[];

  const ferry = (...args: string[]): Promise<Ended> => processes.run(args, env);
  const from = (path: string): string => `source:${source}/${path}`;
  const to = (path: string): string => `vault:${vault}/${path}`;

  beforeAll(async () => {
    for (const each of ['home', 'source', 'vault']) mkdirSync(join(folder, each));
    hub = processes.start(hubArgs, plain);
    const [, url = ''] = await hub.says(/^Ferryline hub listening on (\S+)\n/);
    await hub.says(
      /^This hub has no users yet\. Setup code: [A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4} \(good for 30 minutes/m,
    );
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
    const codeFile = join(folder, 'hub', 'setup-code');
    const setup = ['setup', url, '--email', EMAIL, '--code-file', codeFile, '--password-file', passwordFile];
    const { exitCode, stderr } = await processes.run(setup, plain);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    env = { ...plain, FERRY_HUB: url, FERRY_EMAIL: EMAIL, FERRY_PASSWORD: PASSWORD };
    const created = await Promise.all(['source', 'vault'].map((name) => ferry('tokens', 'create', name, '--json')));
    tokens = created.map(({ stdout }) => (JSON.parse(stdout) as { token: string }).token);
    writeFileSync(join(folder, 'vault.token'), `${tokens[1]}\n`, { mode: 0o600 });
    agents = [
      processes.start(
        ['agent', '--allow', `${source}:ro`, '--state-dir', join(folder, 'state', 'source'), '--name', 'build-7'],
        { ...plain, FERRY_HUB: url, FERRY_TOKEN: tokens[0] },
      ),
      processes.start(['agent', '--hub', url, '--allow', vault, '--token-file', join(folder, 'vault.token')], plain),
    ];
    await Promise.all(agents.map((agent) => agent.says(/^Ferryline agent (source|vault) connected to http/)));
  });
  afterAll(async () => {
    const ended = await processes.end();
    rmSync(folder, { recursive: true, force: true });
    for (const { stdout, stderr } of ended) {
      expect(stdout + stderr).not.toMatch(STACK_TRACE);
      for (const token of tokens) expect(stderr).not.toContain(token);
    }
  });

  describe('agents', () => {
    test('are who their tokens say, and call themselves what --name says', async () => {
      const { exitCode, stdout } = await ferry('agents', '--json');

      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            name: 'source',
            status: 'online',
            info: expect.objectContaining({ host: 'build-7', roots: [{ path: source, access: 'ro' }] }),
          }),
          expect.objectContaining({
            name: 'vault',
            status: 'online',
            info: expect.objectContaining({ roots: [{ path: vault, access: 'rw' }] }),
          }),
        ]),
      );
      await agents[0]?.says(/the hub knows this agent as \\"source\\", not as \\"build-7\\": the token says who/);
    });

    test('have a state folder that nobody else looks into', () => {
      const folders = [join(folder, 'state', 'source'), join(folder, 'home', '.local', 'state', 'ferry', 'agent')];
      expect(folders.map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o700]);
    });

    test('end with 1 and say how to open a folder when none is open', async () => {
      const { exitCode, stderr } = await ferry('agent', '--token-file', join(folder, 'vault.token'));

      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^ferry: The agent may touch nothing yet\. .*--allow \/srv\/data:ro.*\n$/);
    });

    test('end with 5 and one sentence when the hub refuses the token, and warn of --token', async () => {
      const { exitCode, stdout, stderr } = await ferry(
        ...['agent', '--token', 'frl_wrong', '--allow', source],
        ...['--state-dir', join(folder, 'state-wrong'), '--log-level', 'error'],
      );

      expect(exitCode).toBe(5);
      expect(stdout).toBe('');
      expect(stderr.trimEnd().split('\n')).toEqual([
        expect.stringMatching(/^ferry: warning: a token after --token can be read by every user .*--token-file/),
        expect.stringMatching(/^ferry: The hub at .* does not accept this token.*ferry tokens create/),
      ]);
    });
  });

  describe('cp', () => {
    test('copies a file, with a sentence for people or a report for programs', async () => {
      writeFileSync(join(source, 'a file'), 'content');

      const [text, json] = await Promise.all([
        ferry('cp', from('a file'), to('as text')),
        ferry('cp', from('a file'), to('into/'), '--json'),
      ]);

      expect(text).toEqual({
        exitCode: 0,
        stdout: expect.stringMatching(/^Run \d+ completed: 1 file, 7 B in .*, 0 skipped, 0 failed\n$/),
        stderr: '',
      });
      expect(json).toMatchObject({ exitCode: 0, stderr: '' });
      expect(JSON.parse(json.stdout)).toMatchObject({
        run: { state: 'completed', counters: { filesMoved: 1, bytesMoved: 7 } },
        failedTransfers: [],
        issues: [],
      });
      expect(readFileSync(join(vault, 'as text'), 'utf8')).toBe('content');
      expect(readFileSync(join(vault, 'into', 'a file'), 'utf8')).toBe('content');
    });

    test('copies a folder, and spells out names that could deceive', async () => {
      mkdirSync(join(source, 'folder', 'deep'), { recursive: true });
      writeFileSync(join(source, 'folder', ODD_NAME), 'odd');
      writeFileSync(join(source, 'folder', 'deep', 'file'), 'deep');
      symlinkSync('/etc/hostname', join(source, 'folder', `link ${ODD_NAME}`));

      const [text, json] = await Promise.all([
        ferry('cp', from('folder'), to('folder as text')),
        ferry('cp', from('folder'), to('folder as JSON'), '--json'),
      ]);
      const report = JSON.parse(json.stdout) as CopyReport;
      const transfers = await ferry('transfers', '--run', String(report.run.id));

      expect(text).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(`skipped:\n  link ${ODD_NAME_SHOWN}: `),
      });
      expect(report).toMatchObject({ run: { state: 'completed', counters: { filesMoved: 2, filesSkipped: 1 } } });
      expect(report.issues.map((issue) => issue.path)).toEqual([`link ${ODD_NAME}`]);
      expect(transfers.stdout).toContain(`folder as JSON/${ODD_NAME_SHOWN}`);
      for (const { stdout } of [text, json, transfers])
        for (const sign of ['\u001b', '\u202e']) expect(stdout).not.toContain(sign);
      expect(readFileSync(join(vault, 'folder as text', ODD_NAME), 'utf8')).toBe('odd');
      expect(readFileSync(join(vault, 'folder as JSON', 'deep', 'file'), 'utf8')).toBe('deep');
    });

    test('ends with 2 when a part could not be written, and names it and why', async () => {
      mkdirSync(join(source, 'part'));
      writeFileSync(join(source, 'part', 'good'), 'x');
      writeFileSync(join(source, 'part', 'blocked'), 'x');
      mkdirSync(join(vault, 'part', 'blocked'), { recursive: true });

      const { exitCode, stdout } = await ferry('cp', from('part'), to('part'));

      expect(exitCode).toBe(2);
      expect(stdout).toMatch(
        /^Run \d+ partial: 1 file, .*, 1 failed\nfailed:\n .*\/part\/blocked: DESTINATION_EXISTS: .*\n$/,
      );
    });

    test('ends with 1, 3, 4 or 5 by what was wrong, and says it in a line', async () => {
      writeFileSync(join(source, 'file'), 'x');
      mkdirSync(join(vault, 'directory'));
      await ferry('tokens', 'create', 'absent');
      const cases: [exitCode: number, args: string[], says: RegExp][] = [
        [1, ['cp', source, to('x')], /^ferry: ".*" does not say what to copy\. Write AGENT:\/path.*\n$/],
        [1, ['cp', from('file')], /^ferry: missing required argument 'destination'\. See ferry cp --help\n$/],
        [3, ['cp', from('file'), to('directory')], /^Run \d+ failed.*\n .*DESTINATION_EXISTS: .*is a directory.*\n$/s],
        [4, ['cp', from('nothing'), to('x')], /^Run \d+ failed.*\n {2}SOURCE_NOT_FOUND: .*does not exist.*\n$/],
        [4, ['cp', 'nobody:/x', to('x')], /^ferry: There is no agent "nobody".*\n$/],
        [4, ['runs', 'show', '9999'], /^ferry: .*9999.*\n$/],
        [5, ['cp', 'source:/etc/hostname', to('x')], /^ferry: Agent source does not allow \/etc\/hostname\..*\n$/],
        [5, ['cp', from('file'), 'absent:/x'], /^ferry: Agent absent has never connected.*\n$/],
        [5, ['cp', from('file'), from('copy')], /^ferry: Agent source opens .* for reading only.*\n$/],
        [
          5,
          ['agents', '--hub', 'http://127.0.0.1:1'],
          /^ferry: The hub at http:\/\/127\.0\.0\.1:1 cannot be reached.*\n$/,
        ],
      ];

      const ended = await Promise.all(cases.map(([, args]) => ferry(...args)));

      expect(ended.map(({ exitCode }) => exitCode)).toEqual(cases.map(([exitCode]) => exitCode));
      for (const [at, { stdout, stderr }] of ended.entries())
        expect(stdout + stderr).toMatch(cases[at]?.[2] ?? /never/);
    });

    test('cancels its run on Ctrl-C', async () => {
      writeFileSync(join(source, 'large'), '');
      truncateSync(join(source, 'large'), 64 * GIB);
      const copy = processes.start(['cp', from('large'), to('cancelled'), '--compression', 'none', '--json'], env);
      const { id } = await runOnTheMove(env, join(vault, 'cancelled'));

      copy.signal('SIGINT');
      const { exitCode, stdout, stderr } = await copy.ended;

      expect(exitCode).toBe(3);
      expect(stderr).toContain(`Cancelling run ${id}.`);
      expect((JSON.parse(stdout) as CopyReport).run).toMatchObject({ id, state: 'cancelled' });
      expect(() => statSync(join(vault, 'cancelled'))).toThrow('ENOENT');
    });
  });

  test('login remembers who signed in, for its owner only, until logout', async () => {
    const url = env.FERRY_HUB ?? '';
    const file = join(folder, 'home', '.config', 'ferry', 'credentials.json');
    const passwordFile = join(folder, 'password');
    const login = (): Promise<Ended> =>
      processes.run(['login', url, '--email', EMAIL, '--password-file', passwordFile], plain);

    writeFileSync(passwordFile, 'not the password');
    const refused = await login();
    writeFileSync(passwordFile, `${PASSWORD}\n`);
    const accepted = await login();

    expect(refused).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(/^ferry: .*password is wrong\.\n$/) });
    expect(accepted).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Signed in to ${url} as ${EMAIL}`) });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(PASSWORD);
    expect(await processes.run(['agents'], plain)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('vault'),
    });
    expect(await processes.run(['logout'], plain)).toMatchObject({ exitCode: 0, stdout: `Signed out of ${url}.\n` });
    expect(await processes.run(['agents', '--hub', url], plain)).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('You are not signed in'),
    });
  });

  // The last one: it ends what the others use.
  test('F2: hub and agents end with 0 within ten seconds of SIGTERM while a copy is under way; the password is not shown again', async () => {
    writeFileSync(join(source, 'larger'), '');
    truncateSync(join(source, 'larger'), 64 * GIB);
    const copy = processes.start(['cp', from('larger'), to('interrupted'), '--compression', 'none'], env);
    await runOnTheMove(env, join(vault, 'interrupted'));
    const beganMs = performance.now();

    for (const service of [...agents, hub]) service.signal('SIGTERM');
    const ended = await Promise.all([...agents, hub].map((service) => service.ended));

    expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(performance.now() - beganMs).toBeLessThan(10_000);
    copy.signal('SIGKILL');
    const again = processes.start(hubArgs, plain);
    await again.says(/listening on \S+\n/);
    again.signal('SIGTERM');
    expect(await again.ended).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^Ferryline hub listening on \S+\n$/),
      stderr: '',
    });
  });
});

/** Listens to the hub until the run that goes to this destination has moved something. */
async function runOnTheMove(env: NodeJS.ProcessEnv, destination: string): Promise<{ readonly id: number }> {
  const ask = (path: string, init: RequestInit): Promise<Response> => fetch(`${env.FERRY_HUB}/api/v1/${path}`, init);
  const login = await ask('auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: env.FERRY_EMAIL, password: env.FERRY_PASSWORD }),
  });
  const { accessToken } = (await login.json()) as { accessToken: string };
  const headers = { authorization: `Bearer ${accessToken}` };
  const { body } = await ask('events?kinds=run', { headers });
  for await (const line of linesOf(body)) {
    const { id, counters } = JSON.parse(/^data: (.*)$/.exec(line)?.[1] ?? '{}') as Partial<CopyReport['run']>;
    if ((counters?.bytesMoved ?? 0) === 0) continue;
    const run = (await (await ask(`runs/${id}`, { headers })).json()) as MovingRun;
    if (run.destination.path === destination) return run;
  }
  throw new Error('The hub ended before the run moved anything.');
}

async function* linesOf(body: Response['body']): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
