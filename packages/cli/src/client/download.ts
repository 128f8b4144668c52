import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { FerryError } from '@ferryline/engine';
import type { HubConnection } from './hub-connection.ts';
import { isSuccess, refusal } from './request.ts';
import { unreachable } from './unreachable.ts';

/** Longer than any healthy hub is silent in the middle of an answer. */
const SILENCE_MS = 60_000;

/**
 * Writes an answer to `target` piece by piece, however long it is; waits for whoever reads it.
 *
 * @throws FerryError the hub's own when it refuses; AGENT_OFFLINE when it cannot be reached, or goes away in between.
 */
export async function downloadFrom(hub: HubConnection, path: string, token: string, target: Writable): Promise<void> {
  const { signal, ...silence } = silenceWatch(hub.baseUrl);
  try {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await hub.send(path, { method: 'GET', headers, signal });
    const status = answer.statusCode ?? 0;
    if (!isSuccess(status)) throw refusal(hub.baseUrl, status, await text(answer));
    for await (const piece of answer) {
      silence.heard();
      if (!target.write(piece)) await once(target, 'drain');
    }
  } catch (thrown) {
    throw unreachable(hub.baseUrl, signal.aborted ? signal.reason : thrown);
  } finally {
    silence.end();
  }
}

/** A signal that aborts when nothing has been heard for too long. */
function silenceWatch(baseUrl: string) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new FerryError('TIMEOUT', `${baseUrl} fell silent.`)), SILENCE_MS);
  return { signal: abort.signal, heard: () => void timer.refresh(), end: () => clearTimeout(timer) };
}
