import { setTimeout as delay } from 'node:timers/promises';
import { agentLife } from './agent-life.ts';
import { AuditTrail } from './audit-trail.ts';
import { failingRunLife } from './failing-run-life.ts';
import { grantLife } from './grant-life.ts';
import { type Account, HubClient } from './hub-client.ts';
import { jobLife } from './job-life.ts';
import { keyLife } from './key-life.ts';
import { Ledger } from './ledger.ts';
import type { RunEnds } from './run-changes.ts';
import { isSettled, type RunShown } from './shown-run.ts';
import { shownThings } from './shown-things.ts';
import { tokenLife } from './token-life.ts';
import { userLife } from './user-life.ts';
import { waitingRunLife } from './waiting-run-life.ts';
import { LOOK_INTERVAL_MS, type Surroundings, Writer } from './writer.ts';

/** What so many clients were told, and not told. */
export interface Figures {
  readonly acknowledged: number;
  /** Not acknowledged, and found done. */
  readonly done: number;
  /** Not acknowledged, found not done, and asked for again. */
  readonly repeated: number;
}

/** Clients that change everything that can be changed at a hub, each as fast as the hub answers, and know what it acknowledged. */
export class Writers {
  readonly #surroundings: Surroundings;
  readonly #ends: RunEnds;
  readonly #writers: readonly Writer[];
  readonly #figures = { acknowledged: 0, done: 0, repeated: 0 };

  private constructor(surroundings: Surroundings, ends: RunEnds) {
    this.#surroundings = surroundings;
    this.#ends = ends;
    const runs = [jobLife(ends), waitingRunLife(ends), failingRunLife(ends)];
    const lives = [agentLife(), userLife(), tokenLife(), keyLife(), grantLife(), ...runs];
    this.#writers = lives.map((life) => new Writer(life, surroundings));
  }

  /** Knows what there is at the hub before they write. */
  static async at(url: string, account: Account, ends: RunEnds): Promise<Writers> {
    const client = new HubClient(url, account);
    const [trail, ledger] = [new AuditTrail(client), new Ledger()];
    await client.signIn();
    for (const [path, thing] of await shownThings(client)) ledger.note(path, thing);
    await trail.read();
    trail.claimRest();
    return new Writers({ client, trail, ledger }, ends);
  }

  get figures(): Figures {
    return this.#figures;
  }

  /**
   * Lets them write until the hub goes away. `enough` resolves when so many changes were acknowledged, `stopped` when every writer has
   * seen the hub go away; both reject when the hub refuses one.
   */
  write(until: number): { readonly enough: Promise<unknown>; readonly stopped: Promise<unknown> } {
    const enough = Promise.withResolvers<void>();
    let acknowledged = 0;
    const count = (): void => {
      this.#figures.acknowledged += 1;
      acknowledged += 1;
      if (acknowledged === until) enough.resolve();
    };
    const stopped = Promise.all(this.#writers.map((writer) => writer.write(count)));
    return { enough: Promise.race([enough.promise, stopped]), stopped };
  }

  /** Waits until every run has ended that no absent agent holds up. @throws Error when the hub refuses to show them. */
  async runsEnded(): Promise<void> {
    const { client } = this.#surroundings;
    for (let isUnderWay = true; isUnderWay; ) {
      const runs = await Array.fromAsync(client.list<RunShown>('runs'));
      isUnderWay = runs.some((run) => !isSettled(run.state) && run.destination.agent.name !== this.#ends.away.agent);
      if (isUnderWay) await delay(LOOK_INTERVAL_MS);
    }
  }

  /**
   * What the hub that came back has lost, did by halves, or did without being asked, as sentences. What it was asked for and did not do
   * is done afterwards.
   */
  async account(): Promise<readonly string[]> {
    const { client, trail, ledger } = this.#surroundings;
    await client.signIn();
    await trail.read();
    const untold = this.#writers.flatMap((writer) => writer.untold());
    for (const writer of this.#writers) {
      const outcome = await writer.settle();
      if (outcome === 'done') this.#figures.done += 1;
      if (outcome === 'not done') this.#figures.repeated += 1;
    }
    const hasSignedIn = trail.claim({ isToldBy: ({ action }) => action === 'signIn.succeeded' });
    const unasked = trail.claimRest().map((event) => `Nobody asked for ${JSON.stringify(event)}`);
    const { body: verdict } = await client.get('audit/verify');
    return [
      ...untold,
      ...unasked,
      ...(hasSignedIn ? [] : ['The audit does not tell of the sign-in']),
      ...(verdict.ok === true ? [] : [`The audit is broken: ${JSON.stringify(verdict)}`]),
      ...ledger.differences(await shownThings(client)),
    ];
  }
}
