import { join } from 'node:path';
import { rotateKeys } from '@ferryline/hub';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Ferryline } from './system/ferryline.ts';

let ferryline: Ferryline;

beforeAll(async () => {
  ferryline = await Ferryline.start();
});

afterAll(() => ferryline.close());

interface Told {
  readonly items: readonly { readonly action: string; readonly actor: { readonly name: string } }[];
}

test('a rotation of the signing keys stands in the audit chain, once, from the next start of the hub on', async () => {
  const rotations = async () => (await ferryline.get<Told>('audit?action=signingKey.rotated')).items;
  expect(await rotations()).toEqual([]);

  await rotateKeys({ dataDir: join(ferryline.folder, 'hub') });
  await ferryline.restartHub();
  await ferryline.restartHub();

  expect(await rotations()).toMatchObject([{ action: 'signingKey.rotated', actor: { name: 'rotate-keys' } }]);
  expect(await ferryline.get('audit/verify')).toMatchObject({ ok: true });
});
