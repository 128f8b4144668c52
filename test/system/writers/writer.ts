import { setTimeout as delay } from 'node:timers/promises';
import type { AuditTrail } from './audit-trail.ts';
import { type Answer, type HubClient, HubGone } from './hub-client.ts';
import type { Ledger } from './ledger.ts';
import type { Change, Life, Look, Step } from './life.ts';

/** How often is looked whether something has happened. */
export const LOOK_INTERVAL_MS = 20;

/** What a writer works with: all of them with the same. */
export interface Surroundings {
  readonly client: HubClient;
  readonly trail: AuditTrail;
  /** What the hub is to show. */
  readonly ledger: Ledger;
}

/** What became of the change that the hub did not answer. */
export type Outcome = 'done' | 'not done' | 'none was asked for';

/** One client, that lives its life as far as the hub answers. */
export class Writer {
  readonly #life: Life;
  readonly #surroundings: Surroundings;
  /** Acknowledged; whether the audit tells of them has not been looked at. */
  #acknowledged: { readonly change: Change; readonly answer: Answer }[] = [];
  /** What is asked for now, or again when the hub is back. */
  #step: Step;

  constructor(life: Life, surroundings: Surroundings) {
    this.#life = life;
    this.#surroundings = surroundings;
    this.#step = life.next().value;
  }

  /**
   * Goes on with its life until the hub goes away.
   *
   * @param onAcknowledged hears of every change that the hub acknowledged
   * @throws Error when the hub refuses something.
   */
  async write(onAcknowledged: () => void): Promise<void> {
    try {
      for (;;) {
        const step = this.#step;
        if (step.kind === 'look') {
          this.#goOn(await this.#look(step));
        } else {
          this.#acknowledge(step, await this.#ask(step, step.success));
          onAcknowledged();
        }
      }
    } catch (thrown) {
      if (!(thrown instanceof HubGone)) throw thrown;
    }
  }

  /** Asks the audit for everything that was acknowledged; returns what it does not tell of. */
  untold(): readonly string[] {
    const { trail } = this.#surroundings;
    return this.#acknowledged
      .splice(0)
      .filter(({ change, answer }) => !trail.claim(change, answer))
      .map(({ change }) => `The audit does not tell of ${nameOf(change)}`);
  }

  /**
   * Finds out what became of the change that the hub did not answer, and asks again: what was done must be known as done, what was not is
   * done now.
   *
   * @throws Error when the hub answers neither of the two.
   */
  async settle(): Promise<Outcome> {
    const change = this.#step;
    if (change.kind === 'look') return 'none was asked for';
    if (!this.#surroundings.trail.claim(change)) {
      this.#acknowledge(change, await this.#ask(change, change.success));
      return 'not done';
    }
    const answer = await this.#askAgain(change);
    change.note(this.#surroundings.ledger, answer);
    this.#goOn(answer);
    return 'done';
  }

  async #askAgain(change: Change): Promise<Answer> {
    const { success, repeated } = change;
    if (repeated === undefined) return { status: success, body: {}, etag: '', isReplayed: false };
    const answer = await this.#ask(change, repeated === 'replayed' ? success : repeated);
    if (repeated === 'replayed' && !answer.isReplayed) throw new Error(`The hub did ${nameOf(change)} twice`);
    return change.object === undefined ? answer : this.#surroundings.client.get(change.object);
  }

  async #ask(change: Change, status: number): Promise<Answer> {
    const answer = await this.#surroundings.client.ask(change.request);
    if (answer.status === status) return answer;
    throw new Error(`To ${nameOf(change)} the hub answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  async #look({ path, until }: Look): Promise<Answer> {
    for (;;) {
      const answer = await this.#surroundings.client.get(path);
      if (until(answer.body)) return answer;
      await delay(LOOK_INTERVAL_MS);
    }
  }

  #acknowledge(change: Change, answer: Answer): void {
    this.#acknowledged.push({ change, answer });
    change.note(this.#surroundings.ledger, answer);
    this.#goOn(answer);
  }

  #goOn(answer: Answer): void {
    this.#step = this.#life.next(answer).value;
  }
}

function nameOf({ request: { method, path, body } }: Change): string {
  return `${method} ${path} ${JSON.stringify(body ?? {})}`;
}
