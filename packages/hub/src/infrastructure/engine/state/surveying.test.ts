import { describe, expect, test } from 'vitest';
import { DESTINATION, entries, file, type Hub, messagesTo, newHub, run, SOURCE } from '../example-core.ts';
import type { HubEffect } from './effects.ts';

describe('a pull run', () => {
  test('asks its destination first what it holds, of what it means to copy', () => {
    const hub = newHub();
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    const selection = { include: ['*.log'], exclude: ['tmp/'] };
    const waiting = hub.on({ type: 'runAppeared', run: run({ type: 'pull', selection }) });

    const effects = hub.on({ type: 'sessionOpened', agentId: DESTINATION });

    expect(waiting).toEqual([]);
    expect(messagesTo(effects, SOURCE)).toEqual([]);
    expect(messagesTo(effects, DESTINATION)).toEqual([
      { type: 'scan', run: 1, path: { root: '/in', names: ['a'] }, include: ['*.log'], exclude: ['tmp/'] },
    ]);
  });

  test('scans its source when all that the destination holds is stored', () => {
    const hub = surveyingHub();
    const stored = hub.on(entries({ from: DESTINATION, last: true, found: [file('b.log')] }));

    const effects = hub.on({ type: 'heldFilesStored', runId: 1, page: 0, last: true });

    expect(stored).toEqual([
      {
        type: 'storeHeldFiles',
        runId: 1,
        files: [{ names: ['b.log'], sizeBytes: 5, mtimeNs: '1700000000123000000' }],
        page: 0,
        last: true,
      },
    ]);
    expect(messagesTo(effects, SOURCE)).toMatchObject([{ type: 'scan', run: 1 }]);
  });

  test('takes page after page of what the destination holds', () => {
    const hub = surveyingHub();
    hub.on(entries({ from: DESTINATION, last: false, found: [file('b.log')] }));

    const effects = hub.on({ type: 'heldFilesStored', runId: 1, page: 0, last: false });

    expect(messagesTo(effects, DESTINATION)).toEqual([{ type: 'entriesTaken', run: 1, page: 0 }]);
  });

  test('plans what the destination does not hold, and counts the rest as skipped', () => {
    const hub = scanningHub();
    const asked = hub.on(entries({ last: true, found: [file('a'), file('bb'), file('ccc')] }));

    const [planned] = pagesIn(hub.on({ type: 'heldFilesFound', runId: 1, page: 0, held: new Set([0, 2]) }));

    expect(asked).toMatchObject([{ type: 'findHeldFiles', files: [{ names: ['a'] }, { names: ['bb'] }, {}], page: 0 }]);
    expect(planned?.transfers.map((each) => each.filename)).toEqual(['bb']);
    expect(planned?.progress).toMatchObject({
      state: 'running',
      plannedAt: new Date(0),
      counters: { filesPlanned: 1, filesSkipped: 2, bytesPlanned: 2 },
    });
  });

  test('takes a destination where nothing is yet for one that holds nothing', () => {
    const hub = surveyingHub();
    const message = { type: 'runFailed', run: 1, code: 'SOURCE_NOT_FOUND', message: '/in/a does not exist' } as const;

    const effects = hub.on({ type: 'messageReceived', agentId: DESTINATION, message });

    expect(messagesTo(effects, SOURCE)).toMatchObject([{ type: 'scan' }]);
  });

  test('asks anew when the destination went away before it had said all', () => {
    const hub = surveyingHub();
    hub.on(entries({ from: DESTINATION, last: false, found: [file('b.log')] }));
    hub.on({ type: 'sessionClosed', agentId: DESTINATION });

    const cleared = hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    const asked = hub.on({ type: 'planCleared', runId: 1 });

    expect(cleared).toEqual([{ type: 'clearPlan', runId: 1 }]);
    expect(messagesTo(asked, DESTINATION)).toMatchObject([{ type: 'scan' }]);
  });

  test('does not take what its source says for what the destination holds', () => {
    const hub = surveyingHub();

    expect(hub.on(entries({ from: SOURCE, last: true, found: [file('a')] }))).toEqual([]);
  });

  test('stops the scan that is under way when it is cancelled', () => {
    const effects = surveyingHub().on({ type: 'runCancelled', runId: 1 });

    expect(messagesTo(effects, DESTINATION)).toMatchObject([{ type: 'cancelScan', run: 1 }]);
  });
});

function surveyingHub(): Hub {
  const hub = newHub();
  hub.on({ type: 'sessionOpened', agentId: SOURCE });
  hub.on({ type: 'sessionOpened', agentId: DESTINATION });
  hub.on({ type: 'runAppeared', run: run({ type: 'pull' }) });
  return hub;
}

function scanningHub(): Hub {
  const hub = surveyingHub();
  hub.on(entries({ from: DESTINATION, last: true }));
  hub.on({ type: 'heldFilesStored', runId: 1, page: 0, last: true });
  return hub;
}

function pagesIn(effects: readonly HubEffect[]) {
  return effects.flatMap((each) => (each.type === 'storePlanPage' ? [each.page] : []));
}
