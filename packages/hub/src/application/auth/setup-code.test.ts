import { beforeEach, describe, expect, test } from 'vitest';
import { SetupCode } from './setup-code.ts';

const start = new Date('2026-05-04T12:00:00.000Z');
const after = (minutes: number) => new Date(start.getTime() + minutes * 60_000);

let setup: SetupCode;

beforeEach(() => {
  setup = new SetupCode();
});

describe('the setup code', () => {
  test('is twelve characters that nobody confuses, for half an hour', () => {
    const { code, until } = setup.offer(start);

    expect(code).toMatch(/^[A-HJKMNP-Z2-9]{4}(-[A-HJKMNP-Z2-9]{4}){2}$/);
    expect(until).toEqual(after(30));
  });

  test('A16: never comes twice', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => setup.offer(start).code)).size).toBe(1_000);
  });

  test('passes however it was typed', () => {
    const { code } = setup.offer(start);

    for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ''), ` ${code.replaceAll('-', ' ')} `]) {
      expect(() => setup.check(typed, after(29))).not.toThrow();
    }
  });

  test('A2: is closed by five wrong tries, and the right one comes too late', () => {
    const { code } = setup.offer(start);

    for (const left of [4, 3, 2, 1]) {
      expect(() => setup.check('AAAA-AAAA-AAAA', start)).toThrow(`${left} more tries are left`);
    }
    expect(() => setup.check('AAAA-AAAA-AAAA', start)).toThrow(/tried too often.*restart it/);
    expect(() => setup.check(code, start)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });

  test('A2: expires, and says how to get another', () => {
    const { code } = setup.offer(start);

    expect(() => setup.check(code, after(30))).toThrow(/expired.*restart it/);
    expect(setup.isOpen(after(30))).toBe(false);
  });

  test.each(['', 'undefined', 'null', '-'])('A4: %j passes neither before a code was offered nor after', (typed) => {
    expect(() => setup.check(typed, start)).toThrow();
    setup.offer(start);
    expect(() => setup.check(typed, start)).toThrow();
    setup.close();
    expect(() => setup.check(typed, start)).toThrow();
  });

  test('a new code closes the one before', () => {
    const { code } = setup.offer(start);
    setup.offer(start);

    expect(() => setup.check(code, start)).toThrow();
  });
});
