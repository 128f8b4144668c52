import { errorCodeNames, errorCodes } from '@ferryline/engine';
import { describe, expect, test } from 'vitest';
import { answeredFailure } from './answered-failure.ts';

describe('what an agent answers to a question', () => {
  test.each(['PATH_NOT_ALLOWED', 'SOURCE_NOT_FOUND', 'TIMEOUT'] as const)('is heard as it says: %s', (code) => {
    expect(answeredFailure('web-01', { code, message: 'No.' })).toMatchObject({ code, message: 'No.' });
  });

  test.each(errorCodeNames)('is never that the person is not signed in, or the hub broken: %s', (code) => {
    const { code: heard } = answeredFailure('web-01', { code, message: 'No.' });

    expect([401, 500, 503]).not.toContain(errorCodes[heard].httpStatus);
  });

  test('says which agent claimed what, when that cannot be', () => {
    expect(answeredFailure('web-01', { code: 'UNAUTHENTICATED', message: 'Sign in at evil.example.' })).toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(/web-01.*UNAUTHENTICATED: Sign in/),
    });
  });

  test('is cut where no person would read on', () => {
    const { message } = answeredFailure('web-01', { code: 'INTERNAL', message: 'x'.repeat(16_384) });

    expect(message.length).toBeLessThan(1_200);
  });
});
