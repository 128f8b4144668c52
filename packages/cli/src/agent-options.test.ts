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

describe('agentOptions', () => {
  test('takes everything from the environment', async () => {
    const env = { FERRY_HUB: 'hub.example:7420', FERRY_TOKEN: 'abc', FERRY_ALLOW: '/a:ro, /b:ro' };
    expect((await options({}, env)).config).toEqual({
      hubUrl: new URL('http://hub.example:7420'),
      token: 'abc',
      roots: [readOnly('/a'), readOnly('/b')],
      stateDir: '/home/kim/.local/state/ferry/agent',
    });
  });

  test('prefers a token file to the environment, and the environment to the command line', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'from-file\n');
    const flags = { hub: 'h', allow: ['/a:ro'], token: 'from-flag' };
    const env = { FERRY_TOKEN: 'from-environment' };
    expect((await options({ ...flags, tokenFile: file }, env)).config.token).toBe('from-file');
    expect((await options(flags, env)).config.token).toBe('from-environment');
    expect((await options(flags)).config.token).toBe('from-flag');
  });

  test('warns that others can see a token on the command line', async () => {
    const { warnings } = await options({ hub: 'h', allow: ['/a:ro'], token: 'x' });
    expect(warnings).toEqual([expect.stringMatching(/every user of this machine/)]);
  });

  test.each([
    [{ allow: ['/a:ro'], token: 'x' }, /--hub URL/],
    [{ hub: 'h', token: 'x' }, /--allow/],
    [{ hub: 'h', allow: ['/a:ro'] }, /ferry tokens create/],
    [{ hub: 'h', allow: ['/a:ro'], tokenFile: '/nonexistent/token' }, /ENOENT/],
  ])('says what is missing in %j', async (flags, sentence) => {
    await expect(options(flags)).rejects.toThrow(sentence);
  });
});
