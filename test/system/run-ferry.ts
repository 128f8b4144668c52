import { PassThrough, Writable } from 'node:stream';
import { main } from '@ferryline/cli';

/** How a command ended, and what it said. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ferry` in this process, with this environment and nothing on standard input. */
export async function runFerry(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome> {
  const said = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof said): Writable =>
    new Writable({
      write: (piece, _encoding, done) => {
        said[name] += String(piece);
        done();
      },
    });
  const stdin = new PassThrough().end();
  const exitCode = await main(args, { env, stdin, stdout: stream('stdout'), stderr: stream('stderr') });
  return { exitCode, ...said };
}
