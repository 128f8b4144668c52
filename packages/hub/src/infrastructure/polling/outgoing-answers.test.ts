import { beforeEach, describe, expect, test } from 'vitest';
import { OutgoingAnswers } from './outgoing-answers.ts';

let waiting: string[];
let received: string[];
let answers: OutgoingAnswers<string>;

beforeEach(() => {
  waiting = ['a', 'b'];
  received = [];
  answers = new OutgoingAnswers({ next: () => waiting.shift(), received: (answer) => received.push(answer) });
});

describe('answers of a numbered stream', () => {
  test('count from 1, and are given again until a request names them', () => {
    expect(answers.answerAfter(0)).toEqual({ seq: 1, answer: 'a' });
    expect(answers.answerAfter(0)).toEqual({ seq: 1, answer: 'a' });
    expect(received).toEqual([]);

    expect(answers.answerAfter(1)).toEqual({ seq: 2, answer: 'b' });

    expect(received).toEqual(['a']);
  });

  test('are received once they are named, also when nothing follows', () => {
    waiting = ['a'];
    answers.answerAfter(0);

    expect(answers.answerAfter(1)).toBeUndefined();
    expect(answers.answerAfter(1)).toBeUndefined();

    expect(received).toEqual(['a']);
  });

  test('what was named is not asked for again but by a request that comes late', () => {
    answers.answerAfter(0);
    expect(answers.isLate(0)).toBe(false);
    answers.answerAfter(1);
    expect(answers.isLate(0)).toBe(true);
    expect(answers.isLate(1)).toBe(false);

    answers.answerAfter(2);

    expect(answers.isLate(1)).toBe(true);
    expect(answers.isLate(2)).toBe(false);
  });

  test.each([2, 7])('a number that was never given breaks the protocol: %i', (after) => {
    answers.answerAfter(0);

    expect(() => answers.answerAfter(after)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
    expect(answers.isLate(after)).toBe(false);
  });

  test('what is on its way is known to whoever takes over', () => {
    answers.answerAfter(0);

    expect(answers.keptAfter(0)).toBe('a');
    expect(answers.keptAfter(1)).toBeUndefined();
    expect(received).toEqual(['a']);
  });
});
