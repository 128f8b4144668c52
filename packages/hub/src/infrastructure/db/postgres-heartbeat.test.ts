import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PostgresHeartbeat } from './postgres-heartbeat.ts';

/** Questions of the server that wait for their answer, in order. */
let questions: PromiseWithResolvers<void>[];
let heard: string[];
let heartbeat: PostgresHeartbeat;

beforeEach(() => {
  vi.useFakeTimers();
  questions = [];
  heard = [];
  heartbeat = new PostgresHeartbeat({
    ask: () => {
      const question = Promise.withResolvers<void>();
      questions.push(question);
      return question.promise;
    },
    silence: { fellSilent: () => heard.push('fell silent'), answered: () => heard.push('answered') },
    onLost: () => heard.push('lost'),
  });
});
afterEach(() => {
  heartbeat.stop();
  vi.useRealTimers();
});

describe('F20: a server that is asked every second', () => {
  test('and answers within another is not talked about', async () => {
    for (let seconds = 1; seconds <= 5; seconds += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      questions.at(-1)?.resolve();
    }

    expect(questions).toHaveLength(5);
    expect(heard).toEqual([]);
  });

  test('and does not answer is silent after another, is asked nothing more, and may answer late', async () => {
    await vi.advanceTimersByTimeAsync(1_999);
    expect(heard).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(heard).toEqual(['fell silent']);
    expect(questions).toHaveLength(1);

    questions[0]?.resolve();
    await vi.advanceTimersByTimeAsync(1_000);

    expect(heard).toEqual(['fell silent', 'answered']);
    expect(questions).toHaveLength(2);
  });

  test('and whose answer waits to be read, because this process was held up, is not silent', async () => {
    await vi.advanceTimersByTimeAsync(1_000);
    // The deadline and the answer are due in the same round of the event loop; timers come first.
    vi.advanceTimersByTime(1_000);
    questions[0]?.resolve();
    await vi.advanceTimersByTimeAsync(0);

    expect(heard).toEqual([]);
  });

  test('and whose connection breaks is lost', async () => {
    await vi.advanceTimersByTimeAsync(1_000);
    questions[0]?.reject(new Error('the connection broke'));
    await vi.advanceTimersByTimeAsync(0);

    expect(heard).toEqual(['lost']);
  });

  test('and is not asked any more is not heard of', async () => {
    await vi.advanceTimersByTimeAsync(1_000);
    heartbeat.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    questions[0]?.reject(new Error('the connection was closed'));
    await vi.advanceTimersByTimeAsync(0);

    expect(questions).toHaveLength(1);
    expect(heard).toEqual([]);
  });
});
