import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const launcher = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'ferry.mjs');
/** Longer than any healthy start, and than any healthy stop. */
const START_MS = 30_000;
const STOP_MS = 10_000;

/** The `ferry` processes of one stage (the demo, the bench); all of them end with it, by process id. */
export class Children {
  readonly #services = new Set<ChildProcess>();
  readonly #commands = new Set<ChildProcess>();
  #isStopping = false;
  readonly #failed = Promise.withResolvers<never>();

  constructor() {
    // Whoever waits for a failure hears of it; nobody has to.
    this.#failed.promise.catch(() => undefined);
  }

  /** Rejects when a service ends that was not told to. */
  get failure(): Promise<never> {
    return this.#failed.promise;
  }

  /**
   * Starts `ferry` as a service and waits for the line that says it is ready.
   *
   * @returns what the pattern's first group matched in that line
   * @throws Error when the service ends first, or says nothing for half a minute
   */
  async startService(args: readonly string[], env: NodeJS.ProcessEnv, ready: RegExp): Promise<string> {
    const name = `ferry ${args[0]}`;
    const child = spawn(process.execPath, [launcher, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#services.add(child);
    child.on('exit', (code, signal) => {
      if (this.#services.delete(child) && !this.#isStopping)
        this.#failed.reject(new Error(`${name} has ended (${signal ?? `exit code ${code}`}).`));
    });
    const timer = setTimeout(() => this.#failed.reject(new Error(`${name} was not ready in time.`)), START_MS);
    try {
      return await Promise.race([lineWith(child, ready), this.#failed.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs one `ferry` command to its end; standard error goes to the terminal, where progress shows. */
  async run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ exitCode: number | null; stdout: string }> {
    const child = spawn(process.execPath, [launcher, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#commands.add(child);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      stdout += piece;
    });
    const [exitCode] = await Promise.race([closeOf(child), this.#failed.promise]);
    this.#commands.delete(child);
    return { exitCode, stdout };
  }

  /** The most memory that each service ever held, a line each; empty where the system does not tell. */
  async memory(): Promise<string[]> {
    const lines: string[] = [];
    for (const child of this.#services) {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
      const name = child.spawnargs.slice(2, 3).join(' ');
      if (peak !== undefined) lines.push(`Peak memory of ferry ${name}: ${Math.round(Number(peak) / 1024)} MiB`);
    }
    return lines;
  }

  /** Ends every command, then asks the services to stop, newest first, and kills what does not. May be called twice. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const child of this.#commands) child.kill('SIGKILL');
    for (const child of [...this.#services].reverse()) await stop(child);
  }

  /** The last resort of a process that is ending: no child is left behind. */
  kill(): void {
    for (const child of [...this.#commands, ...this.#services]) child.kill('SIGKILL');
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = closeOf(child);
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await closed;
  clearTimeout(timer);
}

function closeOf(child: ChildProcess): Promise<[number | null]> {
  return new Promise((resolve) => child.once('close', (code) => resolve([code])));
}

/** Reads lines until one matches, then lets the rest flow by, so that the child never waits for a reader. */
function lineWith(child: ChildProcess, ready: RegExp): Promise<string> {
  return new Promise((resolve) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = ready.exec(line);
      if (found !== null) resolve(found[1] ?? '');
    });
  });
}
