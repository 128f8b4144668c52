import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AgentMessage, agentMessageSchema } from './agent-messages.ts';
import { parseAgentMessage, parseHubMessage } from './control.ts';
import { exampleAgentMessages, exampleHubMessages } from './example-messages.ts';
import { type HubMessage, hubMessageSchema } from './hub-messages.ts';
import { MAX_ITEMS_PER_MESSAGE } from './values.ts';

const PROTOCOL = expect.objectContaining({ code: 'PROTOCOL' });
interface End {
  readonly end: string;
  readonly parse: (text: string) => AgentMessage | HubMessage | undefined;
  readonly examples: readonly (AgentMessage | HubMessage)[];
  readonly schema: typeof agentMessageSchema | typeof hubMessageSchema;
}
const ends: readonly End[] = [
  { end: 'the hub', parse: parseAgentMessage, examples: exampleAgentMessages, schema: agentMessageSchema },
  { end: 'an agent', parse: parseHubMessage, examples: exampleHubMessages, schema: hubMessageSchema },
];

/** What PROTOCOL.md lets a message leave out. */
const optionalFields = ['include', 'exclude', 'after', 'hears'];

describe.each(ends)('$end', ({ parse, examples, schema }) => {
  test('has an example of every message here', () => {
    expect(examples.map(({ type }) => type)).toEqual(schema.options.map((option) => option.shape.type.value));
  });

  test.each(examples)('understands $type', (message) => {
    expect(parse(JSON.stringify(message))).toEqual(message);
  });

  test.each(examples)('ignores fields of $type that it does not know', (message) => {
    expect(parse(JSON.stringify({ ...message, later: { version: 2 } }))).toEqual(message);
  });

  test.each(examples)('refuses $type without any one of its fields, and names it', (message) => {
    for (const field of Object.keys(message).filter((key) => key !== 'type' && !optionalFields.includes(key))) {
      const without = Object.fromEntries(Object.entries(message).filter(([key]) => key !== field));
      expect(() => parse(JSON.stringify(without))).toThrow(PROTOCOL);
      expect(() => parse(JSON.stringify(without))).toThrow(` at ${field}`);
    }
  });

  test.each(['later', '', 'constructor', '__proto__', 'toString'])('F32: ignores the unknown type %j', (type) => {
    expect(parse(JSON.stringify({ type, transfers: 'anything' }))).toBeUndefined();
  });

  test.each([
    '',
    '{',
    '{"type":"pong"',
    'null',
    '1',
    '"ping"',
    '[]',
    '[{"type":"ping"}]',
    '{}',
    '{"type":null}',
    '{"type":["ping"]}',
  ])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow(PROTOCOL);
  });

  test('refuses nesting without end with PROTOCOL, not with an exhausted stack', () => {
    const depth = 1_000_000;

    expect(() => parse('['.repeat(depth) + ']'.repeat(depth))).toThrow(PROTOCOL);
    expect(parse(`{"type":"later","x":${'['.repeat(15)}${']'.repeat(15)}}`)).toBeUndefined();
  });

  test('takes nothing from __proto__, at the top or below', () => {
    for (const message of examples) {
      const text = JSON.stringify(message);
      const parsed = parse(
        text.replaceAll('{', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},'),
      );
      expect(parsed).toEqual(message);
      expect(parsed).not.toHaveProperty('polluted');
    }
    expect({}).not.toHaveProperty('polluted');
    expect(() => parse(`{"__proto__":${JSON.stringify(examples[0])}}`)).toThrow(PROTOCOL);
  });

  test('makes of any JSON a message, nothing, or PROTOCOL', () => {
    const types = fc.constantFrom(...examples.map(({ type }) => type), 'later');
    const anything = fc
      .tuple(types, fc.dictionary(fc.string(), fc.jsonValue()))
      .map(([type, rest]) => ({ ...rest, type }));
    fc.assert(
      fc.property(fc.oneof(anything, fc.jsonValue()), (value) => expectParsedOrRefused(parse, JSON.stringify(value))),
    );
  });

  test('makes of a mutated message a message, nothing, or PROTOCOL', () => {
    const mutation = fc.record({
      message: fc.constantFrom(...examples),
      at: fc.nat(),
      cut: fc.nat(9),
      put: fc.string({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(mutation, ({ message, at, cut, put }) => {
        const text = JSON.stringify(message);
        const start = at % text.length;
        expectParsedOrRefused(parse, text.slice(0, start) + put + text.slice(start + cut));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a plural message', () => {
  const ref = { transfer: 1, attempt: 1 };
  const settled = (transfers: unknown): string => JSON.stringify({ type: 'settled', transfers });

  test('carries 1 to 1,000 items', () => {
    expect(parseHubMessage(settled(Array(MAX_ITEMS_PER_MESSAGE).fill(ref)))).toBeDefined();
    expect(() => parseHubMessage(settled(Array(MAX_ITEMS_PER_MESSAGE + 1).fill(ref)))).toThrow(PROTOCOL);
    expect(() => parseHubMessage(settled([]))).toThrow(PROTOCOL);
  });

  test('is refused for one item, which the error names', () => {
    expect(() => parseHubMessage(settled([ref, { transfer: 2 }]))).toThrow(
      '"settled" is malformed at transfers.1.attempt',
    );
  });

  test.each([0, -1, 0.5, 2 ** 53, 1e300, '1', null])('does not take %j for a transfer', (transfer) => {
    expect(() => parseHubMessage(settled([{ transfer, attempt: 1 }]))).toThrow('transfers.0.transfer');
  });

  test.each([0, 2 ** 32])('does not take %i for an attempt', (attempt) => {
    expect(() => parseHubMessage(settled([{ transfer: 1, attempt }]))).toThrow('transfers.0.attempt');
  });
});

function expectParsedOrRefused(parse: (text: string) => { readonly type: string } | undefined, text: string): void {
  try {
    const message = parse(text);
    if (message !== undefined) expect(message).toHaveProperty('type');
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'FerryError', code: 'PROTOCOL' });
  }
}
