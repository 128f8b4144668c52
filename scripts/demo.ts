// `npm run demo`: a real hub and two real agents on this machine, a real copy, and a check of every byte of it.
// With --once it stops by itself and its exit code is the verdict; else it stays up until Ctrl-C.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyAndCheck } from './demo/copy-and-check.ts';
import { readOptions } from './demo/options.ts';
import { Children } from './stage/children.ts';
import { type Stage, setStage } from './stage/stage.ts';

const NEEDED_MAJOR = 26;

process.exitCode = await demonstrate();

async function demonstrate(): Promise<number> {
  if (Number.parseInt(process.versions.node, 10) < NEEDED_MAJOR) {
    return fail(
      `The demonstration needs Node ${NEEDED_MAJOR}, this is ${process.version}. Start it with npm run demo.`,
    );
  }
  const children = new Children();
  const stopped = new Promise<'stopped'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('stopped'));
  });
  let folder: string | undefined;
  const removeFolder = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  // Also when something ends the process early.
  process.on('exit', () => {
    children.kill();
    removeFolder();
  });
  try {
    const options = readOptions(process.argv.slice(2));
    folder = mkdtempSync(join(tmpdir(), 'ferryline-demo-'));
    const played = play(children, folder, options);
    // When a stop wins the race, what the play then dies of is of no interest.
    played.catch(() => undefined);
    const outcome = await Promise.race([played, stopped, children.failure]);
    if (outcome === 'stopped') return fail('Stopped before the copy was checked.');
    if (options.once) return outcome.isWhole ? 0 : 1;
    sayHowToTalk(outcome.stage, options.source);
    await Promise.race([stopped, children.failure]);
    return outcome.isWhole ? 0 : 1;
  } catch (thrown) {
    return fail(thrown instanceof Error ? thrown.message : String(thrown));
  } finally {
    await children.stop();
    removeFolder();
  }
}

async function play(
  children: Children,
  folder: string,
  options: { readonly source: string },
): Promise<{ stage: Stage; isWhole: boolean }> {
  const stage = await setStage(children, folder, options.source);
  process.stdout.write(`A hub listens on ${stage.url}; two agents have dialled it.\n`);
  return { stage, isWhole: await copyAndCheck(children, stage, options.source) };
}

function sayHowToTalk(stage: Stage, source: string): void {
  process.stdout.write(`
The hub and both agents stay up until Ctrl-C. To talk to them from another terminal, in this folder:

  export FERRY_HUB=${stage.url} FERRY_EMAIL=${stage.email} FERRY_PASSWORD=${stage.password}
  npm run --silent ferry -- agents
  npm run --silent ferry -- runs
  npm run --silent ferry -- cp 'source:${source}' 'destination:${join(stage.received, 'again')}'

What arrived lies in ${stage.received} and is removed with Ctrl-C.
`);
}

function fail(sentence: string): number {
  process.stderr.write(`demo: ${sentence}\n`);
  return 1;
}
