import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Children } from '../scripts/stage/children.ts';
import { setStage } from '../scripts/stage/stage.ts';
import { ferrylinePeer, type Peer, rsyncPeer } from './peers.ts';
import { missingPrograms, startSshServer } from './ssh-server.ts';
import { manySmallFiles, oneLargeFile, type Workload } from './workloads.ts';

/**
 * The same work done by Ferryline and by rsync over ssh, both through loopback, in one run: `npm run bench`, or
 * `npm run bench -- --large-mib 2048 --small-files 26800 --rounds 3`. The peers take turns; the best round of each counts.
 */
const { values } = parseArgs({
  options: {
    'large-mib': { type: 'string', default: '1024' },
    'small-files': { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
  },
});

const missing = await missingPrograms();
if (missing.length > 0) {
  say(
    `rsync over ssh, with which this compares, needs ${missing.join(', ')}: install rsync and openssh-server, and try again.`,
  );
  process.exit(1);
}

const folder = await mkdtemp(join(tmpdir(), 'ferryline-bench-'));
const children = new Children();
process.on('exit', () => children.kill());
const stop = async (): Promise<void> => {
  await children.stop();
  await rm(folder, { recursive: true, force: true });
};
process.once('SIGINT', () => void stop().then(() => process.exit(130)));

const source = join(folder, 'source');
await mkdir(source);
say('Making files …');
const workloads = [
  await oneLargeFile(source, Number(values['large-mib'])),
  await manySmallFiles(source, Number(values['small-files'])),
];
const ssh = await startSshServer(folder);
try {
  const stage = await setStage(children, folder, source);
  const received = join(folder, 'rsync');
  await mkdir(received);
  const places = new Map<Peer, string>([
    [rsyncPeer(ssh, received, ['-a']), received],
    [rsyncPeer(ssh, received, ['-a', '--fsync']), received],
    [ferrylinePeer(children, stage), stage.received],
  ]);
  for (const workload of workloads) await compare(workload, places, Number(values.rounds));
  for (const line of await children.memory()) say(line);
} finally {
  await ssh.close();
  await stop();
}

async function compare(workload: Workload, places: ReadonlyMap<Peer, string>, rounds: number): Promise<void> {
  say(`\n${workload.name} (${(workload.bytes / 2 ** 20).toFixed(0)} MiB)`);
  const best = new Map<Peer, number>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [peer, place] of places) {
      const begin = performance.now();
      await peer.copy(workload.folder, 'copy');
      const seconds = (performance.now() - begin) / 1000;
      best.set(peer, Math.min(seconds, best.get(peer) ?? Number.POSITIVE_INFINITY));
      await rm(join(place, 'copy'), { recursive: true });
    }
  }
  const [measure] = best.values();
  for (const [peer, seconds] of best) {
    const rate = workload.bytes / 2 ** 20 / seconds;
    const speed = ((measure ?? seconds) / seconds).toFixed(2);
    const files = (workload.files / seconds).toFixed(0);
    say(
      `  ${peer.name.padEnd(20)} ${seconds.toFixed(2)} s  ${rate.toFixed(0)} MiB/s  ${files} files/s  ${speed} × rsync -a`,
    );
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
