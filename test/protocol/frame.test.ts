import { expect, test } from 'vitest';
import { decodeFrames, encodeFrame, KIND, sha256 } from './frame.ts';

// The example of PROTOCOL.md section 4.
const EXAMPLE = `
46524c31 0200 0000 0000000000000007 00000000 00000001 00000005 00000000 00000000 565b3b15
2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824`.replaceAll(/\s/g, '');

const ack = {
  kind: KIND.ack,
  transfer: 7,
  attempt: 1,
  chunkIndex: 0,
  rawLength: 5,
  digest: sha256(Buffer.from('hello')),
};

test('the example frame of PROTOCOL.md is what its table of offsets says', () => {
  expect(encodeFrame(ack).toString('hex')).toBe(EXAMPLE);
  expect(decodeFrames(Buffer.from(EXAMPLE, 'hex'))).toEqual([expect.objectContaining(ack)]);
});

test('the example chunk list hash of PROTOCOL.md is the SHA-256 of the SHA-256 of the only chunk', () => {
  expect(sha256(sha256(Buffer.from('hello'))).toString('hex')).toBe(
    '9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50',
  );
});
