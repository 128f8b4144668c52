import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FramePacker } from './frame-packer.ts';

describe('FramePacker', () => {
  test('hands out every byte once, in order, whatever the sizes', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 60_000, max: 70_000 })));
    fc.assert(
      fc.property(sizes, (lengths) => {
        const frames = lengths.map((length, position) => Buffer.alloc(length, position % 251));
        const packer = new FramePacker();
        const messages = [...frames.flatMap((frame) => packer.add(frame)), ...packer.flush()];

        expect(Buffer.concat(messages).equals(Buffer.concat(frames))).toBe(true);
        expect(packer.isEmpty).toBe(true);
        for (const message of messages) expect(message.length).toBeGreaterThan(0);
      }),
    );
  });

  test('keeps a message of packed frames within its size and one small frame', () => {
    const packer = new FramePacker();
    const messages = Array.from({ length: 1000 }, () => packer.add(Buffer.alloc(50_000))).flat();

    const limit = FramePacker.MESSAGE_BYTES + FramePacker.ALONE_BYTES;
    for (const message of messages) expect(message.length).toBeLessThan(limit);
  });
});
