import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline } from '../system/ferryline.ts';
import { hello, knock, Stranger } from './stranger.ts';

// How often somebody may come to the agents' door, with a token and without (ATTACKS.md A53).

let ferryline: Ferryline;
let token: string;

beforeEach(async () => {
  ferryline = await Ferryline.start();
  ({ token } = await ferryline.post<{ token: string }>('tokens', { agent: 'web-01' }));
});
afterEach(() => ferryline.close());

describe('A53: an agent', () => {
  test('has two connections at most that said no hello: a third pushes out the oldest', async () => {
    const first = await dial();
    const second = await dial();

    const third = await dial();

    await first.ended;
    for (const each of [second, third]) each.say(hello());
    expect(await third.hear('refused')).toMatchObject({ code: 'CONFLICT' });
    await second.leave();
  });

  test('that says hello for the eleventh time within a minute is to come back later; another one is welcome', async () => {
    const instance = 'the same process';
    for (let times = 0; times < 10; times += 1) {
      const session = await Stranger.connect(ferryline.hubUrl, token, undefined, instance);
      await session.leave();
    }
    const eleventh = await dial();

    eleventh.say(hello({ instance }));

    expect(await eleventh.hear('refused')).toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining('after a minute'),
    });
    await eleventh.ended;
    const other = await ferryline.post<{ token: string }>('tokens', { agent: 'web-02' });
    await (await Stranger.connect(ferryline.hubUrl, other.token)).leave();
  });
});

describe('A53: tokens that nobody was given', () => {
  test('are tried five times without a wait; who was here with a good one comes in all the same', async () => {
    await (await Stranger.connect(ferryline.hubUrl, token)).leave();
    for (let guess = 0; guess < 5; guess += 1) expect(await tryToken(newGuess())).toMatchObject({ status: 401 });

    expect(await tryToken(newGuess())).toMatchObject({
      status: 429,
      code: 'RATE_LIMITED',
      detail: expect.stringMatching(/again in \d+ seconds/),
    });
    await (await Stranger.connect(ferryline.hubUrl, token)).leave();
  });

  test('of one machine that was set up wrong count once', async () => {
    const guess = newGuess();
    for (let times = 0; times < 8; times += 1) expect(await tryToken(guess)).toMatchObject({ status: 401 });

    await (await Stranger.connect(ferryline.hubUrl, token)).leave();
  });
});

function dial(): Promise<Stranger> {
  return Stranger.dial(ferryline.hubUrl, token);
}

function tryToken(secret: string): ReturnType<typeof knock> {
  return knock(ferryline.hubUrl, '/ws/agent', { authorization: `Bearer ${secret}` });
}

function newGuess(): string {
  return `fla_${randomBytes(32).toString('base64url')}`;
}
