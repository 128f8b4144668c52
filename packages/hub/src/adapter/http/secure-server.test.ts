import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeSelfSignedCertificate } from '../../infrastructure/tls/self-signed-certificate.ts';
import { refuseConnection } from './answer/connection-problem.ts';
import { secureServerFactory } from './secure-server.ts';

const SOON_MS = 20;

let server: Server;

beforeEach(async () => {
  const [from, until] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
  const { key, certificate: cert } = makeSelfSignedCertificate({ names: ['127.0.0.1'], from, until });
  const certificate = { pair: { key, cert }, isLasting: false, onRenewed: () => undefined };
  server = secureServerFactory(certificate, SOON_MS)(() => undefined, {});
  server.on('clientError', refuseConnection);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(async () => {
  server.close();
  await once(server, 'close');
});

describe('the server that speaks TLS', () => {
  test.each([
    ['says nothing', Buffer.of()],
    ['stops in the middle of its first message', Buffer.from('160301000201', 'hex')],
  ])('A53: gives up whoever %s', async (_what, begin) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const closed = once(socket.resume(), 'close');

    socket.write(begin);

    await closed;
    expect(socket.bytesRead).toBe(0);
  });
});
