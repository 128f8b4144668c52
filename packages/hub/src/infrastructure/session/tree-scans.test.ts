import type { HubMessage } from '@ferryline/engine';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ScannedPage } from '../dispatch/tree-scanner.ts';
import { TreeScans } from './tree-scans.ts';

const question = { path: { root: '/srv', names: [] } };
const forever = new AbortController().signal;

describe('scans for whoever waits', () => {
  let sent: HubMessage[];
  let scans: TreeScans;

  beforeEach(() => {
    sent = [];
    scans = new TreeScans('web-01', (message) => sent.push(message));
  });

  /** The number of the scan that was asked for last. */
  function asked(): number {
    const scan = sent.findLast((message) => message.type === 'scan');
    if (scan === undefined) throw new Error('Nothing was asked for.');
    return scan.run;
  }

  function page(number: number, { last = false, run = asked() } = {}): ScannedPage {
    return { type: 'entries', run, page: number, entries: [], skipped: [], last };
  }

  test('hand on page after page, and ask for the next only when one is taken', async () => {
    const scan = scans.scan(question, forever);
    const first = scan.next();
    scans.heard(page(0));
    expect((await first).value).toMatchObject({ page: 0 });
    expect(sent).toEqual([{ type: 'scan', run: asked(), ...question }]);

    const second = scan.next();
    scans.heard(page(1, { last: true }));

    expect((await second).value).toMatchObject({ page: 1 });
    expect(await scan.next()).toMatchObject({ done: true });
    expect(sent.slice(1)).toEqual([{ type: 'entriesTaken', run: asked(), page: 0 }]);
  });

  test('leave to the runs what is theirs', () => {
    void scans.scan(question, forever).next();

    expect(scans.heard(page(0, { run: 7 }))).toBe(false);
    expect(scans.heard({ type: 'runFailed', run: 7, code: 'TIMEOUT', message: 'x' })).toBe(false);
    expect(scans.heard(page(0))).toBe(true);
  });

  test('fail with what the agent says', async () => {
    const next = scans.scan(question, forever).next();
    scans.heard({ type: 'runFailed', run: asked(), code: 'SOURCE_NOT_FOUND', message: 'Nothing is there.' });

    await expect(next).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND', message: 'Nothing is there.' });
  });

  test('fail without the person being signed out, whatever the agent says', async () => {
    const next = scans.scan(question, forever).next();
    scans.heard({ type: 'runFailed', run: asked(), code: 'UNAUTHENTICATED', message: 'Sign in again.' });

    await expect(next).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
  });

  test.each([1, 7])('fail when page %i comes first', async (number) => {
    const next = scans.scan(question, forever).next();
    scans.heard(page(number));

    await expect(next).rejects.toMatchObject({ code: 'PROTOCOL' });
    expect(sent.at(-1)).toEqual({ type: 'cancelScan', run: asked() });
  });

  test('fail when an agent sends further ahead than it may, after the pages that it might send', async () => {
    const scan = scans.scan(question, forever);
    const first = scan.next();
    for (const number of [0, 1, 2, 3]) scans.heard(page(number));

    await first;
    await scan.next();
    await scan.next();
    await expect(scan.next()).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  test('are called off when nobody waits any more, and what still comes is dropped', async () => {
    const nobody = new AbortController();
    const next = scans.scan(question, nobody.signal).next();
    nobody.abort();

    expect(await next).toMatchObject({ done: true });
    expect(sent.at(-1)).toEqual({ type: 'cancelScan', run: asked() });
    expect(scans.heard(page(0))).toBe(true);
  });

  test('are called off when whoever takes their pages stops', async () => {
    const scan = scans.scan(question, forever);
    const first = scan.next();
    scans.heard(page(0));
    await first;

    await scan.return(undefined);

    expect(sent.at(-1)).toEqual({ type: 'cancelScan', run: asked() });
  });

  test('fail when the agent goes away, and so do those after it', async () => {
    const next = scans.scan(question, forever).next();
    scans.end();

    await expect(next).rejects.toMatchObject({ code: 'AGENT_OFFLINE' });
    await expect(scans.scan(question, forever).next()).rejects.toMatchObject({ code: 'AGENT_OFFLINE' });
  });

  test('are four at a time at the most', async () => {
    const open = [1, 2, 3, 4].map(() => scans.scan(question, forever).next());
    await expect(scans.scan(question, forever).next()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    scans.heard(page(0, { last: true }));
    await open.at(-1);

    void scans.scan(question, forever).next();

    expect(sent.filter(({ type }) => type === 'scan')).toHaveLength(5);
  });
});
