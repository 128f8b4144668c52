import { beforeEach, describe, expect, test } from 'vitest';
import { FerryError } from '../../domain/common/errors.ts';
import { TokenGuesses } from './token-guesses.ts';
import type { AgentToken } from './token-service.ts';

const HOME = '192.0.2.7';
const ELSEWHERE = '198.51.100.9';

let clock: Date;
let asked: number;
let guesses: TokenGuesses;

beforeEach(() => {
  clock = new Date('2026-05-04T12:00:00.000Z');
  asked = 0;
  guesses = new TokenGuesses({
    tokens: {
      async authenticate(secret) {
        asked += 1;
        if (secret.startsWith('good')) return { agent: { name: secret } } as AgentToken;
        const reason = secret.startsWith('revoked') ? 'revoked' : 'unknownToken';
        throw new FerryError('UNAUTHENTICATED', `${secret} opens nothing`, { details: { reason } });
      },
    },
    now: () => clock,
  });
});

describe('A53: whoever tries agent tokens', () => {
  test('waits longer and longer, and is not even looked at meanwhile', async () => {
    for (let guess = 0; guess < 5; guess += 1) expect(await outcome(`guess-${guess}`)).toBe('UNAUTHENTICATED');
    const before = asked;

    expect(await outcome('guess-5')).toBe('RATE_LIMITED after 60 s');
    expect(await outcome('good-newcomer')).toBe('RATE_LIMITED after 60 s');
    later(60);
    expect(await outcome('guess-6')).toBe('UNAUTHENTICATED');
    expect(await outcome('guess-7')).toBe('RATE_LIMITED after 120 s');

    expect(asked).toBe(before + 1);
  });

  test('keeps nobody out whose token was good from there before, nor anybody elsewhere', async () => {
    await guesses.authenticate('good-1', HOME);
    for (let guess = 0; guess < 6; guess += 1) await outcome(`guess-${guess}`);

    expect(await outcome('good-1')).toBe('good-1');
    expect(await outcome('good-2', ELSEWHERE)).toBe('good-2');
  });

  test('and comes back with the same one again and again has guessed once, and costs no question', async () => {
    for (let times = 0; times < 100; times += 1) expect(await outcome('the-old-one')).toBe('UNAUTHENTICATED');

    expect(asked).toBe(1);
    expect(await outcome('good-1')).toBe('good-1');
  });

  test('does not guess with tokens that were revoked: whoever replaces those of a whole site is not kept out', async () => {
    for (let machine = 0; machine < 20; machine += 1) await outcome(`revoked-${machine}`);

    expect(await outcome('good-1')).toBe('good-1');
  });
});

async function outcome(secret: string, address = HOME): Promise<string> {
  try {
    return (await guesses.authenticate(secret, address)).agent.name;
  } catch (thrown) {
    const { code, details } = FerryError.from(thrown);
    return code === 'RATE_LIMITED' ? `${code} after ${details.retryAfterSeconds} s` : code;
  }
}

function later(seconds: number): void {
  clock = new Date(clock.getTime() + seconds * 1_000);
}
