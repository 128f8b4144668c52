import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline } from './system/ferryline.ts';

const MIB = 1024 * 1024;

/** Of metrics, what they say: values by name and labels. */
type Figures = Readonly<Record<string, number>>;

describe('whoever watches a hub', () => {
  let ferryline: Ferryline;

  beforeEach(async () => {
    ferryline = await Ferryline.start();
    await ferryline.startBothAgents();
  });
  afterEach(() => ferryline.close());

  function open(path: string, credential: string): Promise<Response> {
    return fetch(new URL(path, ferryline.hubUrl), { headers: { authorization: `Bearer ${credential}` } });
  }

  async function adminKey(): Promise<{ readonly id: number; readonly secret: string }> {
    return ferryline.post('keys', { name: 'watcher', scope: 'read' });
  }

  async function collect(secret: string): Promise<Figures> {
    const text = await (await open('/metrics', secret)).text();
    const lines = text.split('\n').filter((line) => line.startsWith('ferryline_'));
    return Object.fromEntries(lines.map((line) => line.split(' ')).map(([name, value]) => [name, Number(value)]));
  }

  test('hears of a copy from its beginning to its end, and finds it in the metrics', async () => {
    await writeFile(join(ferryline.folder, 'source', 'file'), Buffer.alloc(3 * MIB, 'x'));
    const { secret } = await adminKey();
    const stream = await open('/api/v1/events?kinds=run,transfer', secret);
    const { id } = await ferryline.startCopy('file', 'file');

    const heard = await textUntil(stream, (text) => text.includes('"state":"completed","counters"'));

    expect(heard).toContain(`event: runChanged`);
    expect(heard).toMatch(
      new RegExp(`data: {"id":${id},"state":"completed","counters":{"filesPlanned":1,"filesMoved":1`),
    );
    expect(heard).toMatch(new RegExp(`data: {"id":\\d+,"runId":${id},"state":"completed"`));
    // That the stream was given up is noticed in a moment.
    await expect.poll(async () => (await collect(secret)).ferryline_event_streams).toBe(0);
    expect(await collect(secret)).toMatchObject({
      'ferryline_agents_online{transport="websocket"}': 2,
      'ferryline_runs{state="running"}': 0,
      'ferryline_transfers{state="pending"}': 0,
      'ferryline_runs_ended_total{state="completed"}': 1,
      'ferryline_transfers_ended_total{state="completed"}': 1,
      ferryline_relay_raw_bytes_total: 3 * MIB,
      ferryline_relay_chunks_forwarded_total: expect.any(Number),
      ferryline_relay_chunks_refused_total: 0,
      ferryline_relay_memory_bytes: 0,
      ferryline_relay_memory_limit_bytes: 32 * MIB,
      ferryline_database_failures_total: 0,
      ferryline_event_streams: 0,
    });
    expect((await collect(secret)).ferryline_relay_wire_bytes_total).toBeGreaterThan(0);
  });

  test('A15: is cut off within two seconds of losing the right to listen', async () => {
    const { id, secret } = await adminKey();
    const stream = await open('/api/v1/events', secret);
    await textUntil(stream, (text) => text.includes('event: reset'), { keepOpen: true });
    await ferryline.post(`keys/${id}/revoke`, {});
    const revokedAt = performance.now();

    await textUntil(stream, () => false);

    expect(performance.now() - revokedAt).toBeLessThan(2_000);
  });

  test('keeps no hub from stopping', async () => {
    const { secret } = await adminKey();
    const stream = await open('/api/v1/events', secret);

    await ferryline.restartHub();

    expect(await textUntil(stream, () => false)).toContain('event: reset');
  });
});

/** What comes until it suffices, or the stream ends; then the stream is given up. */
async function textUntil(
  { body }: Response,
  suffices: (text: string) => boolean,
  { keepOpen = false } = {},
): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of body?.values({ preventCancel: keepOpen }) ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (suffices(text)) break;
  }
  return text;
}
