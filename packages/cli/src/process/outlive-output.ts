import type { Logger } from 'pino';
import { endWithOutput, type Io } from '../io.ts';

/**
 * A service goes on when nothing reads what it says, or the disk below is full: its log tells, if that can be written, and transfers go
 * on in any case (FAULTS.md F44).
 */
export function outliveOutput({ stdout, stderr }: Io, logger: Logger): void {
  for (const [name, stream] of Object.entries({ stdout, stderr })) {
    stream.off('error', endWithOutput);
    stream.on('error', ({ code, message }: NodeJS.ErrnoException) =>
      logger.error({ stream: name, reason: code ?? message }, 'what was to be said could not be written'),
    );
  }
}
