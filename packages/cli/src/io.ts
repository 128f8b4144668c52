import type { Readable, Writable } from 'node:stream';

/** What a command sees of the world around the process; tests put their own in its place. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/** The process's own environment and streams. */
export function processIo(): Io {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endWithOutput);
  return { env: process.env, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
}

/** Ends a command whose output cannot be written. `ferry runs | head` closes the pipe early: that is its right, and not a failure worth a stack trace. */
export function endWithOutput(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
