import { exitCodes } from '@ferryline/engine';
import { onStopSignals } from './stop-signals.ts';

/**
 * Keeps a service up until a stop signal, closes it once, and returns when it is closed. A second signal ends the process at once.
 *
 * @param service what runs; `closed`, when it has one, settles early if the service ends by itself
 * @throws whatever the service ended with by itself
 */
export async function runUntilStopped(service: {
  close(): Promise<void>;
  readonly closed?: Promise<void>;
}): Promise<void> {
  const stop = Promise.withResolvers<void>();
  using _signals = onStopSignals({ first: stop.resolve, again: () => process.exit(exitCodes.failed) });
  try {
    await Promise.race(service.closed === undefined ? [stop.promise] : [stop.promise, service.closed]);
  } finally {
    await service.close();
  }
}
