import { describe, expect, test } from 'vitest';
import { FrameOutlet } from './frame-outlet.ts';
import { FramePacker } from './frame-packer.ts';

describe('FrameOutlet', () => {
  test('packs the small frames of one turn into one message', () => {
    const { outlet, messages, endTurn } = newOutlet();
    outlet.put(Buffer.from('one'));
    outlet.put(Buffer.from('two'));

    endTurn();

    expect(messages.map(String)).toEqual(['onetwo']);
  });

  test('keeps the order when a large frame comes between small ones, and does not copy it', () => {
    const { outlet, messages, endTurn } = newOutlet();
    const large = Buffer.alloc(FramePacker.ALONE_BYTES, 'L');
    outlet.put(Buffer.from('before'));
    outlet.put(large);
    outlet.put(Buffer.from('after'));

    endTurn();

    expect(messages[0]?.toString()).toBe('before');
    expect(messages[1]).toBe(large);
    expect(messages[2]?.toString()).toBe('after');
  });

  test('sends a full message without waiting for the end of the turn', () => {
    const { outlet, messages } = newOutlet();
    const frame = Buffer.alloc(FramePacker.ALONE_BYTES - 1);

    for (let sent = 0; sent <= FramePacker.MESSAGE_BYTES; sent += frame.length) outlet.put(frame);

    expect(messages).toHaveLength(1);
  });
});

function newOutlet() {
  const messages: Buffer[] = [];
  const deferred: (() => void)[] = [];
  const outlet = new FrameOutlet(
    (message) => messages.push(message),
    (task) => deferred.push(task),
  );
  const endTurn = (): void => {
    for (const task of deferred.splice(0)) task();
  };
  return { outlet, messages, endTurn };
}
