import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { FerryError } from '@ferryline/engine';
import { refusal } from './request.ts';
import { unreachable } from './unreachable.ts';

/** Longer than any healthy hub is silent in the middle of an answer. */
const SILENCE_MS = 60_000;

/**
 * Writes an answer to `target` piece by piece, however long it is; waits for whoever reads it.
 *
 * @throws FerryError the hub's own when it refuses; AGENT_OFFLINE when it cannot be reached, or goes away in between.
 */
export async function downloadFrom(baseUrl: string, path: string, token: string, target: Writable): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new FerryError('TIMEOUT', `${baseUrl} fell silent.`)), SILENCE_MS);
  try {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${baseUrl}/api/v1/${path}`, { headers, redirect: 'manual', signal: silence.signal });
    if (!answer.ok) throw refusal(baseUrl, answer.status, await answer.text());
    for await (const piece of answer.body ?? []) {
      timer.refresh();
      if (!target.write(piece)) await once(target, 'drain');
    }
  } catch (thrown) {
    throw thrown instanceof FerryError ? thrown : unreachable(baseUrl, thrown);
  } finally {
    clearTimeout(timer);
  }
}
