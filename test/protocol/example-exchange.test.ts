import { expect, test } from 'vitest';
import { Ferryline } from '../system/ferryline.ts';
import { answerTo, chunkFrame, LAST_CHUNK, sha256 } from './frame.ts';
import { Stranger } from './stranger.ts';

test('two strangers and a hub of ours hold the conversation of PROTOCOL.md section 6, word for word', async () => {
  const ferryline = await Ferryline.start();
  const connect = async (agent: string, path: string, access: 'ro' | 'rw'): Promise<Stranger> => {
    const { token } = await ferryline.post<{ token: string }>('tokens', { agent });
    return Stranger.connect(ferryline.hubUrl, token, [{ path, access }]);
  };
  const web = await connect('web-01', '/srv', 'ro');
  const vault = await connect('vault', '/in', 'rw');
  const content = Buffer.from('hello');
  const mtimeNs = '1790000000000000000';
  const identity = { dev: '66306', ino: '12', size: 5, mtimeNs, ctimeNs: mtimeNs };
  const transfers = [{ transfer: 1, attempt: 1 }];
  const hashes = {
    fileHash: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    chunkListHash: '9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50',
  };

  expect(web.welcome?.agent).toEqual({ id: 1, name: 'web-01' });
  const run = await ferryline.post<{ id: number }>('runs', {
    source: { agent: 'web-01', path: '/srv/a.txt' },
    destination: { agent: 'vault', path: '/in/a.txt' },
  });
  expect(await web.hear('scan')).toEqual({ type: 'scan', run: 1, path: { root: '/srv', names: ['a.txt'] } });
  const entry = { kind: 'file', names: [], mode: 420, mtimeNs, identity };
  web.say({ type: 'entries', run: 1, page: 0, skipped: [], last: true, entries: [entry] });
  expect(await vault.hear('receive')).toEqual({
    type: 'receive',
    transfers: [
      {
        ...transfers[0],
        path: { root: '/in', names: ['a.txt'] },
        size: 5,
        chunkSize: 1_048_576,
        mode: 420,
        mtimeNs,
        existing: 'replace',
      },
    ],
  });
  vault.say({ type: 'receiving', transfers: [{ ...transfers[0], held: [] }] });
  expect(await web.hear('send')).toEqual({
    type: 'send',
    route: 1,
    windowBytes: expect.any(Number),
    transfers: [
      {
        ...transfers[0],
        path: { root: '/srv', names: ['a.txt'] },
        identity,
        chunkSize: 1_048_576,
        compression: 'auto',
        held: [],
      },
    ],
  });
  web.sendFrames(chunkFrame(content, { transfer: 1, attempt: 1, flags: LAST_CHUNK }));
  web.say({ type: 'sent', transfers: [{ ...transfers[0], ...hashes }] });
  const chunk = await vault.hearFrame();
  expect(chunk).toMatchObject({ transfer: 1, flags: LAST_CHUNK, digest: sha256(content), payload: content });
  vault.sendFrames(answerTo(chunk, 'ack'));
  expect(await web.hearFrame()).toMatchObject({ transfer: 1, attempt: 1, chunkIndex: 0, rawLength: 5 });
  expect(await vault.hear('finish')).toEqual({ type: 'finish', transfers: [{ ...transfers[0], ...hashes }] });
  vault.say({ type: 'finished', transfers });
  expect(await vault.hear('settled')).toEqual({ type: 'settled', transfers });
  expect(await web.hear('settled')).toEqual({ type: 'settled', transfers });

  expect((await ferryline.settled(run.id)).state).toBe('completed');
  await web.leave();
  await vault.leave();
  await ferryline.close();
});
