import { setTimeout as sleep } from 'node:timers/promises';
import { FerryError } from '@ferryline/engine';
import type { HubClient } from '../client/hub-client.ts';
import { isRunSettled, type RunResource } from '../client/resources.ts';

/** Often enough for a progress bar, and nothing to a hub. */
const POLL_INTERVAL_MS = 250;
/** A hub that restarts is back well before this; the run goes on by itself meanwhile. */
const PATIENCE_MS = 60_000;

export interface FollowOptions {
  readonly onLook: (run: RunResource) => void;
  /** The hub is away, or is back. */
  readonly onAway: (error: FerryError) => void;
  readonly nowMs?: () => number;
  readonly wait?: (ms: number) => Promise<void>;
}

/**
 * Asks for a run again and again until it is settled, and returns it then. A hub that cannot be reached for a while is waited for.
 *
 * @throws FerryError of the hub, or AGENT_OFFLINE after a minute without a hub.
 */
export async function followRun(client: HubClient, id: number, options: FollowOptions): Promise<RunResource> {
  const { onLook, onAway, nowMs = () => performance.now(), wait = (ms) => sleep(ms) } = options;
  let awaySinceMs: number | undefined;
  for (;;) {
    try {
      const run = await client.run(id);
      awaySinceMs = undefined;
      onLook(run);
      if (isRunSettled(run)) return run;
    } catch (thrown) {
      if (!(thrown instanceof FerryError) || !thrown.retryable) throw thrown;
      if (awaySinceMs === undefined) onAway(thrown);
      awaySinceMs ??= nowMs();
      if (nowMs() - awaySinceMs >= PATIENCE_MS) throw thrown;
    }
    await wait(POLL_INTERVAL_MS);
  }
}
