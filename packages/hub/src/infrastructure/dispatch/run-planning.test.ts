import { type Entry, FerryError } from '@ferryline/engine';
import { describe, expect, test } from 'vitest';
import { everything } from '../../domain/job/selection.ts';
import { defaultRunOptions, type NewRun } from '../../domain/run/run.ts';
import { RunPlanning } from './run-planning.ts';
import type { ScannedPage, TreeScanner } from './tree-scanner.ts';

const [SOURCE, DESTINATION] = [1, 2];
const forever = new AbortController().signal;

const run: NewRun = {
  userId: 5,
  trigger: 'manual',
  type: 'push',
  source: { agentId: SOURCE, place: { root: '/srv', names: ['data'] } },
  destination: { agentId: DESTINATION, place: { root: '/in', names: [] } },
  intoDestination: true,
  selection: everything,
  options: defaultRunOptions,
};

function file(name: string, size: number): Entry {
  const identity = { dev: '1', ino: '2', size, mtimeNs: '3000000', ctimeNs: '4' };
  return { kind: 'file', names: [name], mode: 0o644, mtimeNs: '3000000', identity };
}

const root: Entry = { kind: 'directory', names: [], mode: 0o755, mtimeNs: '0' };

/** Agents that hold these trees, a page for each list. */
class Trees implements TreeScanner {
  readonly #trees: ReadonlyMap<number, readonly (readonly Entry[])[]>;
  readonly asked: number[] = [];

  constructor(trees: Readonly<Record<number, readonly (readonly Entry[])[]>>) {
    this.#trees = new Map(Object.entries(trees).map(([id, pages]) => [Number(id), pages]));
  }

  isConnected(agentId: number): boolean {
    return this.#trees.has(agentId);
  }

  async *scan(agentId: number, _question: unknown, signal: AbortSignal): AsyncGenerator<ScannedPage> {
    this.asked.push(agentId);
    const pages = this.#trees.get(agentId);
    if (pages === undefined) throw new FerryError('AGENT_OFFLINE', 'It is offline.');
    if (pages.length === 0) throw new FerryError('SOURCE_NOT_FOUND', 'Nothing is there.');
    for (const [page, entries] of pages.entries()) {
      if (signal.aborted) return;
      yield { type: 'entries', run: 1, page, entries: [...entries], skipped: [], last: page === pages.length - 1 };
    }
  }
}

describe('a plan', () => {
  test('counts every page, and names where each file would go', async () => {
    const scanner = new Trees({ [SOURCE]: [[root, file('a', 10)], [file('b', 5)]], [DESTINATION]: [] });

    const plan = await new RunPlanning({ scanner }).plan(run, forever);

    expect(plan).toMatchObject({ isComplete: true, isDestinationOnline: true, issues: [] });
    expect(plan.counters).toMatchObject({ filesPlanned: 2, bytesPlanned: 15, directoriesPlanned: 1 });
    expect(plan.files.map(({ destination }) => destination.names)).toEqual([
      ['data', 'a'],
      ['data', 'b'],
    ]);
    expect(scanner.asked).toEqual([SOURCE]);
  });

  test('of a pull leaves out what the destination holds', async () => {
    const scanner = new Trees({
      [SOURCE]: [[root, file('same', 10), file('longer', 11)]],
      [DESTINATION]: [[root, file('same', 10), file('longer', 10)]],
    });

    const plan = await new RunPlanning({ scanner }).plan({ ...run, type: 'pull' }, forever);

    expect(plan.counters).toMatchObject({ filesPlanned: 1, bytesPlanned: 11, filesSkipped: 1 });
    expect(scanner.asked).toEqual([DESTINATION, SOURCE]);
  });

  test('of a pull to where nothing is yet moves everything', async () => {
    const scanner = new Trees({ [SOURCE]: [[file('a', 10)]], [DESTINATION]: [] });

    const plan = await new RunPlanning({ scanner }).plan({ ...run, type: 'pull' }, forever);

    expect(plan.counters.filesPlanned).toBe(1);
  });

  test('says that the destination is offline when only a run would need it', async () => {
    const scanner = new Trees({ [SOURCE]: [[file('a', 10)]] });

    expect(await new RunPlanning({ scanner }).plan(run, forever)).toMatchObject({ isDestinationOnline: false });
    await expect(new RunPlanning({ scanner }).plan({ ...run, type: 'pull' }, forever)).rejects.toMatchObject({
      code: 'AGENT_OFFLINE',
    });
  });

  test('names a hundred files and counts the others', async () => {
    const names = Array.from({ length: 250 }, (_, index) => file(`${index}`, 1));
    const scanner = new Trees({ [SOURCE]: [names.slice(0, 120), names.slice(120)] });

    const plan = await new RunPlanning({ scanner }).plan(run, forever);

    expect(plan.files).toHaveLength(100);
    expect(plan.counters.filesPlanned).toBe(250);
  });

  test('that nobody waits for any more says that it is not complete', async () => {
    const scanner = new Trees({ [SOURCE]: [[file('a', 10)]] });

    const plan = await new RunPlanning({ scanner }).plan(run, AbortSignal.abort());

    expect(plan).toMatchObject({ isComplete: false, counters: { filesPlanned: 0 } });
  });

  test('of a pull is refused when the destination holds more than is compared', async () => {
    const scanner = new Trees({ [SOURCE]: [[root]], [DESTINATION]: [[file('a', 1), file('b', 1)], [file('c', 1)]] });
    const planning = new RunPlanning({ scanner, maxComparedFiles: 2 });

    await expect(planning.plan({ ...run, type: 'pull' }, forever)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  test('is made for a user twice at a time at the most, and again when one is made', async () => {
    const planning = new RunPlanning({ scanner: new Trees({ [SOURCE]: [[root]] }) });
    const two = [planning.plan(run, forever), planning.plan(run, forever)];

    await expect(planning.plan(run, forever)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await planning.plan({ ...run, userId: 6 }, forever)).toMatchObject({ isComplete: true });
    await Promise.all(two);
    expect(await planning.plan(run, forever)).toMatchObject({ isComplete: true });
  });
});
