import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHub } from '@ferryline/hub';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hubConfig } from './system/ferryline.ts';

const logger = pino({ level: 'silent' });

let folder: string;
let keyFile: string;

/** A hub that ran once, and has its keys since. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-start-'));
  keyFile = join(folder, 'hub', 'signing-keys.json');
  await startAndStop();
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function startAndStop(): Promise<void> {
  const hub = await startHub(hubConfig(folder, 0), { logger });
  await hub.close();
}

describe('a hub whose signing keys are not fit for use', () => {
  test.each([
    ['damaged', () => '{"version":1,"keys":[{'],
    ['empty', () => ''],
    ['of 16 bytes', (text: string) => text.replace(/("key": ")[^"]+/, `$1${'A'.repeat(22)}`)],
  ])('A18: does not start with keys that are %s, and says what to do', async (_what, change) => {
    await writeFile(keyFile, change(await readFile(keyFile, 'utf8')));

    await expect(startAndStop()).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(/signing-keys\.json cannot be used: .+ remove it: the hub makes a new one\.$/),
    });

    await rm(keyFile);
    await startAndStop();
    expect((await stat(keyFile)).size).toBeGreaterThan(0);
  });

  test.skipIf(process.platform === 'win32')(
    'A18: does not start while other accounts may read them, and says how to change that',
    async () => {
      await chmod(keyFile, 0o644);

      await expect(startAndStop()).rejects.toThrow(`Run: chmod 600 ${keyFile}`);

      await chmod(keyFile, 0o600);
      await startAndStop();
    },
  );
});
