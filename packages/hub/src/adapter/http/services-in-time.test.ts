import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DatabasePulse } from '../../application/health/database-pulse.ts';
import type { HttpServices } from './http-services.ts';
import { servicesInTime } from './services-in-time.ts';

/** A service whose database answers when it is told to. */
class Ledger {
  readonly #answers: (() => void)[] = [];
  begun = 0;

  async read(): Promise<string> {
    this.begun += 1;
    await new Promise<void>((resolve) => this.#answers.push(resolve));
    return 'read';
  }

  async refuse(): Promise<never> {
    throw new Error('refused');
  }

  count(): number {
    return this.begun;
  }

  answer(): void {
    for (const each of this.#answers.splice(0)) each();
  }
}

const silence = { code: 'TIMEOUT', httpStatus: 503, details: { retryAfterSeconds: 5 } };

let ledger: Ledger;
let pulse: DatabasePulse;
let inTime: Ledger;

beforeEach(() => {
  ledger = new Ledger();
  pulse = new DatabasePulse();
  const services = servicesInTime({ health: ledger } as unknown as HttpServices, pulse);
  inTime = services.health as unknown as Ledger;
});
afterEach(() => ledger.answer());

describe('F20: a service whose database', () => {
  test('answers answers as it does', async () => {
    const reading = inTime.read();
    ledger.answer();

    expect(await reading).toBe('read');
    expect(inTime.count()).toBe(1);
    await expect(inTime.refuse()).rejects.toThrow('refused');
  });

  test('falls silent has everything that waits for it refused at once, with when to come back', async () => {
    const reading = [inTime.read(), inTime.read()];

    pulse.fellSilent();

    for (const each of reading) await expect(each).rejects.toMatchObject(silence);
  });

  test('is silent begins nothing, and goes on when it answers', async () => {
    pulse.fellSilent();
    const whileSilent = async (): Promise<string> => inTime.read();
    await expect(whileSilent()).rejects.toMatchObject(silence);
    expect(ledger.begun).toBe(0);

    pulse.answered();
    const reading = inTime.read();
    ledger.answer();

    expect(await reading).toBe('read');
  });
});
