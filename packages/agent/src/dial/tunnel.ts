import { request } from 'node:http';
import type { Socket } from 'node:net';
import { FerryError } from '@ferryline/engine';
import type { HttpProxy } from './http-proxy.ts';

/**
 * A connection to host and port by way of the proxy, on which nothing has been sent yet.
 *
 * @param host an IPv6 address in brackets
 * @throws FerryError AGENT_OFFLINE, naming the proxy, when that cannot be reached or does not connect.
 */
export async function openTunnel(proxy: HttpProxy, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const target = `${host}:${port}`;
  const via = `the proxy ${proxy.host}:${proxy.port}`;
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const asking = request({
    method: 'CONNECT',
    host: proxy.host,
    port: proxy.port,
    path: target,
    headers: { host: target, ...(proxy.authorization && { 'proxy-authorization': proxy.authorization }) },
    agent: false,
    signal,
  });
  asking.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
    if (statusCode >= 200 && statusCode < 300) {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
      return;
    }
    socket.destroy();
    const advice =
      statusCode === 407
        ? 'it wants a name and password, as in HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT'
        : `it answers HTTP ${statusCode}`;
    reject(unreachable(`${via} does not connect to ${target}: ${advice}`));
  });
  asking.once('error', (cause) => {
    const reason = signal.aborted ? 'no answer came in time' : cause.message;
    reject(unreachable(`${via} cannot be reached: ${reason}`, cause));
  });
  asking.end();
  return promise;
}

function unreachable(what: string, cause?: unknown): FerryError {
  const exception = 'If the hub is to be reached without it, name the hub in NO_PROXY.';
  return new FerryError('AGENT_OFFLINE', `The hub cannot be reached: ${what}. ${exception}`, { cause });
}
