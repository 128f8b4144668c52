import { exitCodes } from '@ferryline/engine';
import { onStopSignals } from './stop-signals.ts';

interface Service {
  close(): Promise<void>;
  /** Settles early if the service ends by itself. */
  readonly closed?: Promise<void>;
}

/**
 * Starts a service, keeps it up until a stop signal, closes it once, and returns when it is closed. A signal during the start is
 * heard when it is done: whoever has read that a service is ready may stop it that very moment. A second signal ends the process at
 * once.
 *
 * @throws whatever `start` throws, or the service ended with by itself
 */
export async function runUntilStopped(start: () => Promise<Service>): Promise<void> {
  const stop = Promise.withResolvers<void>();
  using _signals = onStopSignals({ first: stop.resolve, again: () => process.exit(exitCodes.failed) });
  const service = await start();
  try {
    await Promise.race(service.closed === undefined ? [stop.promise] : [stop.promise, service.closed]);
  } finally {
    await service.close();
  }
}
