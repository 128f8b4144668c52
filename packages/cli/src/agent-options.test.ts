import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AllowedRoot } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentFlags, agentOptions } from './agent-options.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-agent-options-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const readOnly = (text: string): AllowedRoot => ({ path: text.replace(/:ro$/, ''), access: 'ro' });

function options(flags: Partial<AgentFlags>, env: Record<string, string> = {}) {
  return agentOptions({ allow: [], ...flags }, { HOME: '/home/kim', ...env }, readOnly);
}

function tokenFile(): string {
  const file = join(folder, 'token');
  writeFileSync(file, 'x\n');
  return file;
}

describe('agentOptions', () => {
  test('takes everything from the environment', async () => {
    const env = { FERRY_HUB: 'hub.example:7420', FERRY_TOKEN: 'abc', FERRY_ALLOW: '/a:ro, /b:ro' };
    expect((await options({}, env)).config).toEqual({
      hubUrl: new URL('https://hub.example:7420'),
      trust: { kind: 'system' },
      token: 'abc',
      transport: 'auto',
      roots: [readOnly('/a'), readOnly('/b')],
      stateDir: '/home/kim/.local/state/ferry/agent',
      keepPartialMs: 7 * 24 * 60 * 60 * 1000,
    });
  });

  test('prefers flags to the environment, and a file to the token itself', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'from-file\n');
    const flags = { hub: 'h', allow: ['/a:ro'] };
    const env = { FERRY_TOKEN: 'from-environment' };
    expect((await options({ ...flags, token: 'from-flag', tokenFile: file }, env)).config.token).toBe('from-file');
    expect((await options({ ...flags, token: 'from-flag' }, env)).config.token).toBe('from-flag');
    expect((await options(flags, { ...env, FERRY_TOKEN_FILE: file })).config.token).toBe('from-file');
    expect((await options(flags, env)).config.token).toBe('from-environment');
  });

  test('takes its name from --name, else from FERRY_AGENT_NAME, else from nowhere', async () => {
    const flags = { hub: 'h', allow: ['/a:ro'], token: 'x' };
    const env = { FERRY_AGENT_NAME: 'from-environment' };
    expect((await options({ ...flags, name: 'from-flag' }, env)).config.name).toBe('from-flag');
    expect((await options(flags, env)).config.name).toBe('from-environment');
    expect((await options(flags)).config).not.toHaveProperty('name');
  });

  test('keeps what arrived in part for as many days as it is told', async () => {
    const flags = { hub: 'h', allow: ['/a:ro'], token: 'x' };
    expect((await options({ ...flags, keepPartial: '0.5' })).config.keepPartialMs).toBe(12 * 60 * 60 * 1000);
    expect((await options(flags, { FERRY_KEEP_PARTIAL: '2' })).config.keepPartialMs).toBe(48 * 60 * 60 * 1000);
  });

  test('talks to the hub by the way of --transport, else that of FERRY_TRANSPORT', async () => {
    const flags = { hub: 'h', allow: ['/a:ro'], token: 'x' };
    const env = { FERRY_TRANSPORT: 'polling' };
    expect((await options({ ...flags, transport: 'websocket' }, env)).config.transport).toBe('websocket');
    expect((await options(flags, env)).config.transport).toBe('polling');
    expect((await options(flags, { FERRY_TRANSPORT: '' })).config.transport).toBe('auto');
  });

  test('A64: warns that others can see a token on the command line', async () => {
    const { warnings } = await options({ hub: 'h', allow: ['/a:ro'], token: 'x' });
    expect(warnings).toEqual([expect.stringMatching(/every user of this machine/)]);
  });

  test('knows the hub by the authority or the pin of a flag, else by that of the environment', async () => {
    const flags = { hub: 'h', allow: ['/a:ro'], tokenFile: tokenFile() };
    const caFile = join(folder, 'ca.pem');
    const env = { FERRY_CA_FILE: caFile, FERRY_PIN: '' };
    const pin = `sha256:${'AB'.repeat(32)}`;
    const fingerprint = `sha256:${'AB:'.repeat(31)}AB`;
    expect((await options({ ...flags, pin }, env)).config.trust).toEqual({ kind: 'pin', fingerprint });
    expect((await options(flags, { FERRY_PIN: pin })).config.trust).toEqual({ kind: 'pin', fingerprint });
    await expect(options(flags, env)).rejects.toThrow(/ca\.pem after --ca \(FERRY_CA_FILE\) cannot be read \(ENOENT\)/);
    await expect(options({ ...flags, ca: caFile, pin })).rejects.toThrow(/one of the two/);
    writeFileSync(caFile, 'no certificate');
    await expect(options({ ...flags, ca: caFile })).rejects.toThrow(/holds no certificate/);
  });

  test('A74: sends its token by plain HTTP to another machine only where a person insists, and warns them', async () => {
    const flags = { hub: 'http://hub.example:7420', allow: ['/a:ro'], tokenFile: tokenFile() };
    const warnings = [expect.stringMatching(/plain HTTP: everybody on the way/)];
    await expect(options(flags)).rejects.toThrow(/http:\/\/hub\.example:7420 is plain HTTP.*--insecure-http/);
    await expect(options(flags, { FERRY_INSECURE_HTTP: 'yes' })).rejects.toThrow(/takes true or false, not "yes"/);
    expect((await options({ ...flags, insecureHttp: true })).warnings).toEqual(warnings);
    expect((await options(flags, { FERRY_INSECURE_HTTP: 'true' })).warnings).toEqual(warnings);
    expect((await options({ ...flags, hub: 'http://127.0.0.1:7420' })).warnings).toEqual([]);
  });

  test('goes by way of the proxy that the environment names', async () => {
    const flags = { hub: 'https://hub.example', allow: ['/a:ro'], tokenFile: tokenFile() };
    const env = { HTTPS_PROXY: 'http://proxy.example:3128' };
    expect((await options(flags, env)).config.proxy).toEqual({ host: 'proxy.example', port: 3128 });
    expect((await options(flags, { ...env, NO_PROXY: '.example' })).config).not.toHaveProperty('proxy');
  });

  test.each([
    [{ allow: ['/a:ro'], token: 'x' }, /--hub URL/],
    [{ hub: 'h', token: 'x' }, /--allow/],
    [{ hub: 'h', allow: ['/a:ro'] }, /ferry tokens create/],
    [{ hub: 'h', allow: ['/a:ro'], token: 'x', name: ' ' }, /--name/],
    [{ hub: 'h', allow: ['/a:ro'], token: 'x', keepPartial: '0' }, /--keep-partial .* number of days/],
    [{ hub: 'h', allow: ['/a:ro'], token: 'x', keepPartial: '1e9' }, /--keep-partial .* number of days/],
    [{ hub: 'h', allow: ['/a:ro'], token: 'x', transport: 'pigeon' }, /--transport .* auto, websocket, polling/],
    [{ hub: 'h', allow: ['/a:ro'], token: 'x', logLevel: 'loud' }, /--log-level .* trace, debug/],
    [{ hub: 'h', allow: ['/a:ro'], tokenFile: '/nonexistent/token' }, /ENOENT/],
  ])('says what is missing or wrong in %j', async (flags, sentence) => {
    await expect(options(flags)).rejects.toThrow(sentence);
  });
});
