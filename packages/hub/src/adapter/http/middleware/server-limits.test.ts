import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildHttpServer } from '../http-server.ts';
import type { HttpServices } from '../http-services.ts';

let app: FastifyInstance;

beforeEach(() => {
  // Only what is before every service is asked for here.
  const services = {} as HttpServices;
  app = buildHttpServer({ services, logger: pino({ level: 'silent' }), version: '0.1.0' });
});

afterEach(() => app.close());

describe('a connection', () => {
  test('is given what ATTACKS.md section 5.1 says, and no more', () => {
    expect(app.server).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      keepAliveTimeout: 5_000,
      maxRequestsPerSocket: 1_000,
      maxHeadersCount: 100,
    });
    expect(app.initialConfig.bodyLimit).toBe(64 * 1024);
  });

  test('carries several requests one after the other', async () => {
    await app.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    const request = (connection: string) =>
      `GET /api/v1/health/live HTTP/1.1\r\nHost: h\r\nConnection: ${connection}\r\n\r\n`;

    socket.write(request('keep-alive') + request('close'));

    expect((await text(socket)).match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });
});
