import { describe, expect, test } from 'vitest';
import { parsePollAnswer } from './control.ts';
import { exampleHubMessages } from './example-messages.ts';

describe('the answer to a poll', () => {
  test('holds every message that a hub says, in order', () => {
    const text = JSON.stringify({ seq: 1, messages: exampleHubMessages });

    expect(parsePollAnswer(text)).toEqual({ seq: 1, messages: exampleHubMessages });
  });

  test('is taken without what this version does not know', () => {
    const text = '{"seq":7,"later":true,"messages":[{"type":"later"},{"type":"ping","nonce":"a"}]}';

    expect(parsePollAnswer(text)).toEqual({ seq: 7, messages: [{ type: 'ping', nonce: 'a' }] });
  });

  test.each([
    ['', /not valid JSON/],
    ['[]', /"seq" and "messages"/],
    ['{"seq":0,"messages":[]}', /"seq" and "messages"/],
    ['{"seq":1}', /"seq" and "messages"/],
    ['{"seq":1,"messages":[1]}', /JSON object with a "type"/],
    ['{"seq":1,"messages":[{"type":"ping"}]}', /"ping" is malformed/],
    [`{"seq":1,"messages":${'['.repeat(16)}`, /nested more than 16 deep/],
    [`{"seq":1,"messages":[${'0,'.repeat(1_000_001)}`, /too many values/],
  ])('is refused when it is no such thing (%#)', (text, reason) => {
    expect(() => parsePollAnswer(text)).toThrow(reason);
  });
});
