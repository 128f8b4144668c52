import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const launcher = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'ferry.mjs');

/** How a `ferry` process ended, and all that it said. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One `ferry` process, and what it has said so far. */
export class FerryProcess {
  readonly #child: ChildProcess;
  readonly #said = { stdout: '', stderr: '' };
  readonly #waiting = new Set<() => void>();
  /** Resolves when it has ended and all it said was read. */
  readonly ended: Promise<Ended>;

  /** @param through - a command, with arguments, that runs the one that follows as it sees fit */
  constructor(args: readonly string[], env: NodeJS.ProcessEnv, through: readonly string[] = []) {
    const [program = '', ...rest] = [...through, process.execPath, launcher, ...args];
    this.#child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name]?.setEncoding('utf8').on('data', (piece: string) => {
        this.#said[name] += piece;
        for (const look of this.#waiting) look();
      });
    }
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (exitCode) => resolve({ exitCode, ...this.#said }));
    });
  }

  /** Under which the system knows it. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Waits until its output matches.
   *
   * @throws Error when it ends first
   */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.#said.stdout) ?? pattern.exec(this.#said.stderr);
        if (found === null) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
      void this.ended.then(({ exitCode, stderr }) =>
        reject(new Error(`It ended with ${exitCode} before it said ${pattern}: ${stderr}`)),
      );
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}

/** The `ferry` processes of one test file, started as a person starts them; none outlives it. */
export class FerryProcesses {
  readonly #all: FerryProcess[] = [];

  start(args: readonly string[], env: NodeJS.ProcessEnv, through?: readonly string[]): FerryProcess {
    const started = new FerryProcess(args, env, through);
    this.#all.push(started);
    return started;
  }

  /** Starts one and waits for its end. */
  run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
    return this.start(args, env).ended;
  }

  /** Kills what still runs, and returns how all of them ended. */
  async end(): Promise<Ended[]> {
    for (const each of this.#all) each.signal('SIGKILL');
    return Promise.all(this.#all.map((each) => each.ended));
  }
}
