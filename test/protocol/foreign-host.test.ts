import { get } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Ferryline, hubHttpSettings } from '../system/ferryline.ts';
import { knock } from './stranger.ts';

let ferryline: Ferryline;
let token: string;

beforeAll(async () => {
  ferryline = await Ferryline.start({ http: { ...hubHttpSettings, hosts: ['hub.example'] } });
  ({ token } = await ferryline.post<{ token: string }>('tokens', { agent: 'known' }));
});
afterAll(() => ferryline.close());

test('A57: an agent that asks for a foreign name is refused before its token is looked at', async () => {
  for (const authorization of [`Bearer ${token}`, 'Bearer wrong']) {
    const refusal = await knock(ferryline.hubUrl, '/ws/agent', { authorization, host: 'evil.example' });

    expect(refusal).toMatchObject({ status: 421, code: 'VALIDATION', detail: expect.stringContaining('http.hosts') });
  }
});

test('A57: a browser that was led to the hub by a foreign name reads nothing', async () => {
  const answers = await Promise.all(['evil.example', 'hub.example'].map((host) => health(host)));

  expect(answers).toEqual([421, 200]);
});

test('A57: an agent that asks for the name of the hub goes on', async () => {
  const refusal = await knock(ferryline.hubUrl, '/ws/agent', { authorization: 'Bearer wrong', host: 'hub.example' });

  expect(refusal).toMatchObject({ status: 401 });
});

/** The status of an answer to a request for this name; `fetch` would not send it. */
function health(host: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  get(new URL('/api/v1/health/live', ferryline.hubUrl), { headers: { host } }, (answer) => {
    answer.resume();
    resolve(answer.statusCode);
  }).once('error', reject);
  return promise;
}
