// Makes node_modules match package-lock.json, and does nothing when it already does. Plain JavaScript, because it runs under
// whatever Node the machine has (20 or newer); everything after it runs under the pinned Node that it installs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(repository, 'node_modules');
/** Inside node_modules, so that whoever removes that removes this: it holds the SHA-256 of the lockfile that was installed. */
const stampFile = join(modules, '.ferryline-setup');

const wanted = createHash('sha256')
  .update(readFileSync(join(repository, 'package-lock.json')))
  .digest('hex');

if (readStamp() !== wanted) install();

function readStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, 'utf8').trim() : undefined;
}

function install() {
  const why = existsSync(modules) ? 'package-lock.json has changed' : 'node_modules is missing';
  say(`setup: ${why}, running npm ci (a minute or less)`);
  // The reporting level is said aloud because `npm run --silent` hands its silence down, and with it the reason of a failure. So are
  // the kinds of packages: a machine that omits optional ones by habit would get no pinned Node.
  const [command, ...before] = npm();
  const result = spawnSync(command, [...before, 'ci', '--loglevel=error', '--include=dev', '--include=optional'], {
    cwd: repository,
    // What npm reports belongs beside our own line: standard output is for whatever comes after this step.
    stdio: ['ignore', process.stderr, process.stderr],
    shell: command === 'npm.cmd',
  });
  if (result.error !== undefined) fail(`npm could not be started (${result.error.message})`);
  if (result.status !== 0)
    fail(`npm ci ended with ${result.signal ?? `exit code ${result.status}`}; its own words are above`);
  writeFileSync(stampFile, `${wanted}\n`);
}

/** The npm that runs this script, under the Node that runs that npm; else the one on PATH. */
function npm() {
  const script = process.env.npm_execpath;
  if (script !== undefined && /npm-cli\.c?js$/.test(script)) return [process.execPath, script];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

function fail(reason) {
  say(`setup: the packages could not be installed: ${reason}.`);
  say('setup: check that the package registry can be reached (npm ping), then run: npm run setup');
  process.exit(1);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
