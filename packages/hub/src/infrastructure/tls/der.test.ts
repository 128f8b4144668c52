import { describe, expect, test } from 'vitest';
import { bitString, objectIdentifier, octetString, sequence, time, unsignedInteger } from './der.ts';

// Expected bytes: the examples of ITU-T X.690, and what `openssl asn1parse -genstr` makes of the same values.
describe('DER', () => {
  test.each([
    ['7f', '02017f'],
    ['80', '02020080'],
    ['0100', '02020100'],
  ])('writes the number %s so that it does not look negative', (number, bytes) => {
    expect(unsignedInteger(Buffer.from(number, 'hex')).toString('hex')).toBe(bytes);
  });

  test.each([
    [0x7f, '047f'],
    [0x80, '048180'],
    [0xff, '0481ff'],
    [0x100, '04820100'],
    [0x1_0000, '0483010000'],
  ])('writes a length of %i in as few bytes as there can be', (length, head) => {
    const written = octetString(Buffer.alloc(length));
    expect(written.subarray(0, head.length / 2).toString('hex')).toBe(head);
    expect(written).toHaveLength(head.length / 2 + length);
  });

  test.each([
    ['2.5.29.17', '0603551d11'],
    ['1.2.840.10045.4.3.2', '06082a8648ce3d040302'],
  ])('writes the object identifier %s', (dotted, bytes) => {
    expect(objectIdentifier(dotted).toString('hex')).toBe(bytes);
  });

  test.each([
    ['2026-03-04T05:06:07.999Z', 0x17, '260304050607Z'],
    ['2049-12-31T23:59:59.000Z', 0x17, '491231235959Z'],
    ['2050-01-01T00:00:00.000Z', 0x18, '20500101000000Z'],
  ])('writes the time %s with the year as long as it has to be', (moment, tag, digits) => {
    const written = time(new Date(moment));
    expect(written[0]).toBe(tag);
    expect(written.subarray(2).toString('ascii')).toBe(digits);
  });

  test('puts elements into each other', () => {
    const bits = bitString(Buffer.of(0x80), 7);
    expect(sequence(bits, sequence()).toString('hex')).toBe('3006030207803000');
  });
});
