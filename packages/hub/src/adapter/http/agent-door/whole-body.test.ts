import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import { wholeBody } from './whole-body.ts';

let body: IncomingMessage;

beforeEach(() => {
  body = new IncomingMessage(new Socket());
});

describe('the body of a request', () => {
  test('A47: is put together from however many pieces', async () => {
    const pieces = Array.from({ length: 3_000 }, (_, at) => Buffer.from([at % 251]));
    for (const piece of pieces) body.push(piece);
    body.push(null);

    expect((await wholeBody(body, 3_000)).equals(Buffer.concat(pieces))).toBe(true);
  });

  test('is refused when it is larger than it may be, and whoever sends it can be told', async () => {
    for (const piece of ['abc', 'de']) body.push(piece);

    await expect(wholeBody(body, 4)).rejects.toMatchObject({ code: 'TOO_LARGE' });

    expect(body.destroyed).toBe(false);
  });

  test('is not waited for when it says that it is too large', async () => {
    body.headers['content-length'] = '5';

    await expect(wholeBody(body, 4)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  test('that breaks off is no failure of the hub', async () => {
    const reading = wholeBody(body, 10);

    body.destroy(new Error('aborted'));

    await expect(reading).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});
