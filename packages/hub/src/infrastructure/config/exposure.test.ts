import { expect, test } from 'vitest';
import { exposureWarnings } from './exposure.ts';

test.each(['0.0.0.0', '::', '10.0.0.5', 'hub.example', '127.0.0.1.example'])(
  'a hub that listens on %s is said to speak in the clear',
  (host) => {
    expect(exposureWarnings({ host })).toEqual([expect.stringMatching(/without encryption.*--tls-self-signed/)]);
    expect(exposureWarnings({ host, tls: { kind: 'selfSigned' } })).toEqual([]);
  },
);

test.each(['127.0.0.1', '127.0.0.2', '::1', 'localhost'])('a hub that listens on %s needs no warning', (host) => {
  expect(exposureWarnings({ host })).toEqual([]);
});
