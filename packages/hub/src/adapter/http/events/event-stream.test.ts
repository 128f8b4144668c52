import { expect, test } from 'vitest';
import { EventStream } from './event-stream.ts';

/** All that waits in a stream. */
function takeAll({ body }: EventStream): string {
  let text = '';
  for (let bytes = body.read(); bytes !== null; bytes = body.read()) text += bytes;
  return text;
}

test('a stream whose reader takes nothing is not ready once 64 KiB wait, and is again when they are taken', () => {
  const stream = new EventStream(() => undefined);
  const before = stream.isReady;
  for (let id = 0; id < 1_500; id += 1) stream.send({ name: 'agentRemoved', agentId: id });
  const full = stream.isReady;
  takeAll(stream);

  expect([before, full, stream.isReady]).toEqual([true, false, true]);
});

test('an event is one block of lines, whatever people put into a name', () => {
  const stream = new EventStream(() => undefined);
  takeAll(stream);
  const name = 'a\n\nevent: reset\r\u2028';
  const agent = {
    id: 1,
    name,
    description: '',
    labels: [],
    status: 'online',
    createdAt: new Date(0),
    version: 1,
  } as const;

  stream.send({ name: 'agentChanged', agent });

  const [event, id, data = '', ...rest] = takeAll(stream).split(/\r\n|\r|\n/);
  expect([event, id, rest]).toEqual(['event: agentChanged', 'id: 1', ['', '']]);
  expect(JSON.parse(data.replace(/^data: /, ''))).toEqual({ id: 1, name, status: 'online' });
});
