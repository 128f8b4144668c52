import { describe, expect, test } from 'vitest';
import type { HubAnswer } from '../hub-answer.ts';
import { judgeClock } from './clock.ts';

const NOON = Date.parse('2027-01-31T12:00:00.000Z');

/** As a hub answers whose clock shows noon, and half a second, at the moment when ours is so far ahead of that. */
function answered(aheadSeconds: number, wayMs = 0): HubAnswer {
  const now = NOON + 500 + aheadSeconds * 1000;
  const [sentAt, receivedAt] = [now - wayMs / 2, now + wayMs / 2];
  const date = new Date(NOON).toUTCString();
  return { kind: 'answered', status: 200, contentType: '', body: '', date, sentAt, receivedAt };
}

describe('judgeClock', () => {
  test.each([
    [0, 'ok'],
    [2, 'ok'],
    [-2, 'ok'],
    [2.1, 'warn'],
    [-2.1, 'warn'],
    [300, 'warn'],
    [301, 'fail'],
    [-301, 'fail'],
  ])('a clock that is %d s ahead is %s', (seconds, level) => {
    expect(judgeClock(answered(seconds)).level).toBe(level);
  });

  test('says which of the two is ahead, and where to look first', () => {
    expect(judgeClock(answered(90))).toMatchObject({ what: expect.stringContaining('1 min 30 s ahead of the hub') });
    expect(judgeClock(answered(-600))).toMatchObject({
      what: expect.stringContaining('10 min 00 s behind the hub'),
      advice: expect.stringMatching(/this machine first.*that of the hub/),
    });
  });

  test('does not take a slow answer for a wrong clock', () => {
    expect(judgeClock(answered(0, 8_000)).level).toBe('ok');
  });

  test.each([
    ['that states no time', { ...answered(0), date: undefined }],
    ['that states nonsense', { ...answered(0), date: 'yesterday' }],
    ['that did not come', { kind: 'unanswered', why: 'nothing listens there' }],
  ] as [string, HubAnswer][])('an answer %s is no failure of this machine', (_which, answer) => {
    expect(judgeClock(answer).level).toBe('warn');
  });
});
