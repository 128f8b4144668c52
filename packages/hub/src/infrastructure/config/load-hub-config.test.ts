import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadHubConfig } from './load-hub-config.ts';
import { unknownVariables } from './unknown-variables.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string): string {
  const file = join(folder, 'hub.yaml');
  writeFileSync(file, text);
  return file;
}

describe('loadHubConfig', () => {
  test('A19: has a default for everything, and listens to nobody but this machine', () => {
    expect(loadHubConfig({ flags: {}, env: { HOME: '/home/kim' } })).toEqual({
      dataDir: '/home/kim/.local/share/ferry/hub',
      host: '127.0.0.1',
      port: 7420,
      admin: {},
      http: {
        trustedProxies: [],
        corsOrigins: [],
        secureCookies: true,
        setupRemote: false,
        hosts: [],
        requestsPerMinute: 600,
      },
      relayMemoryBytes: 128 * 2 ** 20,
      relayDiskBytes: 20 * 2 ** 30,
      logLevel: 'info',
      heartbeatSeconds: 15,
      stallSeconds: 60,
    });
  });

  test('puts flags before environment before file', () => {
    const file = fileWith('port: 1\nhost: file\nrelay:\n  memory: 64MiB\n');
    const env = { FERRY_PORT: '2', FERRY_HOST: 'environment' };
    const config = loadHubConfig({ flags: { port: '3' }, env, file });
    expect(config).toMatchObject({ port: 3, host: 'environment', relayMemoryBytes: 64 * 2 ** 20 });
  });

  test('reads every setting from a file, and paths relative to it', () => {
    const text =
      'dataDir: data\nhost: 0.0.0.0\nport: 0\nadmin:\n  email: a@b.example\n  password: 12345678\nlog:\n  level: debug\nheartbeatSeconds: 5\nstallSeconds: 90\nrelay:\n  memory:\n  diskQuota: 0\n' +
      'database:\n  url: postgres://hub@db.example/ferryline\n  poolSize: 20\n  statementTimeoutSeconds: 5\n  caFile: ca.pem\n' +
      'http:\n  trustedProxies: [10.0.0.5, 10.1.0.0/16]\n  corsOrigins: https://portal.example\n  secureCookies: false\n  requestsPerMinute: 6000\n  setupRemote: true\n  hosts: [hub.example, hub.example:7420]\n';
    expect(loadHubConfig({ flags: {}, env: { FERRY_CONFIG: fileWith(text) } })).toEqual({
      dataDir: join(folder, 'data'),
      host: '0.0.0.0',
      port: 0,
      admin: { email: 'a@b.example', password: '12345678' },
      http: {
        trustedProxies: ['10.0.0.5', '10.1.0.0/16'],
        corsOrigins: ['https://portal.example'],
        secureCookies: false,
        setupRemote: true,
        hosts: ['hub.example', 'hub.example:7420'],
        requestsPerMinute: 6_000,
      },
      postgres: {
        url: 'postgres://hub@db.example/ferryline',
        poolSize: 20,
        statementTimeoutMs: 5_000,
        caFile: join(folder, 'ca.pem'),
      },
      relayMemoryBytes: 128 * 2 ** 20,
      relayDiskBytes: 0,
      logLevel: 'debug',
      heartbeatSeconds: 5,
      stallSeconds: 90,
    });
  });

  test('reads the files of a certificate, relative to its own, and then lets cookies travel encrypted only', () => {
    const file = fileWith('tls:\n  certFile: hub.pem\n  keyFile: keys/hub.key\nhttp:\n  secureCookies: false\n');
    const config = loadHubConfig({ flags: {}, env: {}, file });
    expect(config.tls).toEqual({
      kind: 'files',
      certFile: join(folder, 'hub.pem'),
      keyFile: join(folder, 'keys', 'hub.key'),
    });
    expect(config.http.secureCookies).toBe(true);
  });

  test('has the hub make its own certificate only where it is told to', () => {
    const tlsFrom = (said: string) => loadHubConfig({ flags: {}, env: { FERRY_TLS_SELF_SIGNED: said } }).tls;
    expect(tlsFrom('true')).toEqual({ kind: 'selfSigned' });
    expect(tlsFrom('false')).toBeUndefined();
  });

  test.each([
    ['relay:\n  memroy: 1GiB\n', /"relay\.memroy" in .*hub\.yaml is not a known key\. Did you mean "relay\.memory"\?/],
    ['datadir: /x\n', /"datadir".*Did you mean "dataDir"/],
    ['hots:\n', /"hots".*Did you mean "host"/],
    ['constructor: 1\n', /"constructor".*not a known key/],
    ['port: [1, 2]\n', /"port".*single value/],
    ['http:\n  corsOrigins: [{a: b}]\n', /"http\.corsOrigins".*single value/],
    ['- port\n', /must hold keys and values/],
    ['port: 1\nport: 2\n', /no valid YAML \(line 2\)/],
  ])('refuses %j with a sentence that helps', (text, sentence) => {
    expect(() => loadHubConfig({ flags: {}, env: {}, file: fileWith(text) })).toThrow(
      expect.objectContaining({ code: 'VALIDATION', message: expect.stringMatching(sentence) }),
    );
  });

  test.each([
    [{ port: '65536' }, /port on the command line is "65536"/],
    [{ port: '1e3' }, /port/],
    [{ 'relay.memory': '1MiB' }, /relay\.memory .* at least 4MiB/],
    [{ 'relay.diskQuota': '-1' }, /relay\.diskQuota .* at least 0/],
    [{ 'log.level': 'loud' }, /log\.level .* one of trace, debug/],
    [{ heartbeatSeconds: '0' }, /heartbeatSeconds .* from 1 to 300/],
    [{ stallSeconds: '5' }, /stallSeconds .* from 20 to 3600/],
    [{ host: ' ' }, /host .* may not be empty/],
    [{ 'http.trustedProxies': '10.0.0.0/33' }, /http\.trustedProxies .* takes addresses and networks/],
    [{ 'http.corsOrigins': 'https://a.example/path' }, /http\.corsOrigins .* without a path/],
    [{ 'http.hosts': 'https://hub.example' }, /http\.hosts .* without https/],
    [{ 'http.hosts': 'hub.example, *' }, /http\.hosts .* takes names/],
    [{ 'http.setupRemote': 'yes' }, /http\.setupRemote .* one of true, false/],
    [{ 'tls.certFile': 'a.pem' }, /tls\.certFile .* give tls\.keyFile too/],
    [{ 'tls.keyFile': 'a.key' }, /tls\.keyFile .* give tls\.certFile too/],
    [
      { 'tls.selfSigned': 'true', 'tls.certFile': 'a.pem', 'tls.keyFile': 'a.key' },
      /tls\.selfSigned .* one or the other/,
    ],
    [{ 'tls.selfSigned': 'yes' }, /tls\.selfSigned .* one of true, false/],
    [{ 'database.url': 'mysql://a/b' }, /database\.url .* takes an address like postgres/],
    [{ 'database.url': 'postgres://a/b', 'database.poolSize': '1' }, /database\.poolSize .* from 2 to 1000/],
    [{ 'admin.password': 'x', 'admin.passwordFile': 'y' }, /admin\.passwordFile .* one of the two/],
    [{ 'admin.passwordFile': '/nowhere/at/all' }, /admin\.passwordFile .* can be read \(ENOENT\)/],
  ])('refuses the value in %j', (flags, sentence) => {
    expect(() => loadHubConfig({ flags, env: {} })).toThrow(sentence);
  });

  test('says which variable holds the wrong value', () => {
    expect(() => loadHubConfig({ flags: {}, env: { FERRY_PORT: 'x' } })).toThrow(/port in FERRY_PORT is "x"/);
  });

  test('reads the password of the first administrator from a file', () => {
    const file = join(folder, 'password');
    writeFileSync(file, '  correct horse \nsecond line\n', { mode: 0o600 });

    expect(loadHubConfig({ flags: {}, env: { FERRY_ADMIN_PASSWORD_FILE: file } }).admin.password).toBe('correct horse');
  });

  test.skipIf(process.platform === 'win32')(
    'A2: refuses a file with a password that other accounts can read, and says how to change that',
    () => {
      const file = join(folder, 'password');
      writeFileSync(file, 'correct horse');
      chmodSync(file, 0o644);
      const load = () => loadHubConfig({ flags: {}, env: { FERRY_ADMIN_PASSWORD_FILE: file } });

      expect(load).toThrow(
        `admin.passwordFile in FERRY_ADMIN_PASSWORD_FILE is "${file}", but it takes a file that other accounts cannot read: run chmod 600 ${file}.`,
      );

      chmodSync(file, 0o640);
      expect(load().admin.password).toBe('correct horse');
    },
  );

  test('does not repeat a database address, which may hold a password', () => {
    const env = { FERRY_DATABASE_URL: 'postgre://hub:geheim@db/x' };

    expect(() => loadHubConfig({ flags: {}, env })).toThrow(expect.not.stringContaining('geheim'));
  });

  test('names the file that it cannot read', () => {
    expect(() => loadHubConfig({ flags: {}, env: {}, file: join(folder, 'none.yaml') })).toThrow(/none\.yaml .*ENOENT/);
  });
});

describe('unknownVariables', () => {
  test('names those that nobody reads and what they may have meant, and leaves those of agent and CLI alone', () => {
    const env = { FERRY_PROT: '1', FERRY_TOKEN: 'x', FERRY_PORT: '2', PATH: '/bin' };
    expect(unknownVariables(env)).toEqual([expect.stringMatching(/FERRY_PROT .* did you mean FERRY_PORT\?/)]);
  });
});
