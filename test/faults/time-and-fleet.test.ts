import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningAgent } from '@ferryline/agent';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chunkFrame, LAST_CHUNK, sha256 } from '../protocol/frame.ts';
import { Stranger } from '../protocol/stranger.ts';
import { FaultyLink } from '../system/faulty-link.ts';
import { Ferryline, type RunView } from '../system/ferryline.ts';
import { ThreeProcesses } from '../system/three-processes.ts';

// FAULTS.md, time, jobs, fleet: wrong clocks, rights that end in the middle, and one that fails again and again among many.

const MIB = 2 ** 20;
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

test('F69: agents whose clocks are wrong by years copy', async () => {
  const preload = `--import=${join(import.meta.dirname, '..', 'system', 'other-clock.ts')}`;
  const off = (years: number): NodeJS.ProcessEnv => ({ NODE_OPTIONS: preload, CLOCK_OFF_MS: `${years * YEAR_MS}` });
  const three = await ThreeProcesses.start({ windowBytes: 4 * MIB });
  try {
    const content = randomBytes(2 * MIB);
    writeFileSync(join(three.folder, 'source', 'file'), content);
    for (const [agent, years] of [
      ['source', -12],
      ['destination', 30],
    ] as const) {
      await three.kill(agent);
      await three.restart(agent, off(years));
    }

    const { exitCode } = await three.copy('file', 'copy').ended;

    expect(exitCode).toBe(0);
    expect(readFileSync(join(three.folder, 'destination', 'copy')).equals(content)).toBe(true);
  } finally {
    await three.close();
  }
});

describe('F70: in the middle of a copy', () => {
  let ferryline: Ferryline;
  let link: FaultyLink;
  let destination: RunningAgent;
  let received: string;

  beforeEach(async () => {
    ferryline = await Ferryline.start({ relayMemoryBytes: 2 * MIB });
    link = await FaultyLink.start(ferryline.hubUrl);
    received = join(ferryline.folder, 'destination');
    writeFileSync(join(ferryline.folder, 'source', 'file'), randomBytes(8 * MIB));
    await ferryline.startAgent('source', [`${join(ferryline.folder, 'source')}:ro`]);
    destination = await ferryline.startAgent('destination', [`${received}:rw`], link.url);
  });
  afterEach(async () => {
    await ferryline.close();
    await link.close();
  });

  test('a revoked token ends the session of its agent within two seconds, and nothing is taken from it any more', async () => {
    const { id } = await halfway();
    const { items } = await ferryline.get<{ items: { id: number; agent: { name: string } }[] }>('tokens');
    const token = items.find(({ agent }) => agent.name === 'destination');
    const revokedAtMs = performance.now();

    await ferryline.post(`tokens/${token?.id}/revoke`, {});
    await expect(destination.closed).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

    expect(performance.now() - revokedAtMs).toBeLessThan(2_000);
    // What it had said before is recorded by then.
    await expect.poll(async () => (await transferOf(id))?.state).toBe('suspended');
    const before = await transferOf(id);
    link.release();
    await ferryline.get('health');
    expect(await transferOf(id)).toMatchObject({ completedChunks: before?.completedChunks, state: 'suspended' });
    expect(readdirSync(received)).not.toContain('file');
  });

  test('a root that is gone when its agent comes back fails the transfer', async () => {
    const { id } = await halfway();

    await destination.close();
    link.release();
    mkdirSync(join(ferryline.folder, 'other'));
    await ferryline.startAgent('destination', [`${join(ferryline.folder, 'other')}:rw`]);

    expect(await ferryline.settled(id)).toMatchObject({ state: 'failed', error: { code: 'PATH_NOT_ALLOWED' } });
  });

  /** A copy of which the destination gets a part, and then no more until the link is released. */
  async function halfway(): Promise<RunView> {
    const run = await ferryline.startCopy('file', 'file', { compression: 'none' });
    await link.carried('fromHub', 2 * MIB);
    link.holdLanes('fromHub');
    return run;
  }

  async function transferOf(run: number) {
    const { items } = await ferryline.get<{ items: { state: string; completedChunks: number }[] }>(
      `transfers?run=${run}`,
    );
    return items[0];
  }
});

test('F71: one file that fails again and again among a hundred is given up, and the others arrive', async () => {
  const ferryline = await Ferryline.start();
  try {
    await ferryline.startAgent('destination', [`${join(ferryline.folder, 'destination')}:rw`]);
    const { token } = await ferryline.post<{ token: string }>('tokens', { agent: 'archive' });
    const stranger = await Stranger.connect(ferryline.hubUrl, token, [{ path: '/archive', access: 'ro' }]);
    const run = await ferryline.post<RunView>('runs', {
      source: { agent: 'archive', path: '/archive/tree' },
      destination: { agent: 'destination', path: join(ferryline.folder, 'destination', 'tree') },
      options: { maxRetries: 1 },
    });
    await stranger.hear('scan');
    const identity = { dev: '1', ino: '2', size: 1, mtimeNs: '0', ctimeNs: '0' };
    const names = Array.from({ length: 100 }, (_, at) => `${at}`);
    const entries = names.map((name) => ({ kind: 'file', names: [name], mode: 0o644, mtimeNs: '0', identity }));
    const tree = { kind: 'directory', names: [], mode: 0o755, mtimeNs: '0' };
    stranger.say({ type: 'entries', run: run.id, page: 0, skipped: [], last: true, entries: [tree, ...entries] });

    const raw = Buffer.from('x');
    let attempts = 0;
    for (let sent = 0; sent < 101; ) {
      for (const { transfer, attempt, path } of (await stranger.hear('send')).transfers) {
        const isPoison = path.names.at(-1) === '50';
        if (isPoison) attempts += 1;
        stranger.sendFrames(chunkFrame(raw, { transfer, attempt, chunkIndex: 0, flags: LAST_CHUNK }));
        const chunkListHash = sha256(sha256(isPoison ? Buffer.from('another') : raw)).toString('hex');
        stranger.say({
          type: 'sent',
          transfers: [{ transfer, attempt, fileHash: sha256(raw).toString('hex'), chunkListHash }],
        });
        sent += 1;
      }
    }

    expect(await ferryline.settled(run.id)).toMatchObject({
      state: 'partial',
      counters: { filesMoved: 99, filesFailed: 1 },
    });
    expect(attempts).toBe(2);
    expect(readdirSync(join(ferryline.folder, 'destination', 'tree'))).toHaveLength(99);
    const { items } = await ferryline.get<{ items: object[] }>(`transfers?run=${run.id}&status=failed`);
    expect(items).toMatchObject([{ filename: '50', error: { code: 'HASH_MISMATCH' } }]);
    await stranger.leave();
  } finally {
    await ferryline.close();
  }
});
