import { Agent, type ClientRequestArgs } from 'node:http';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { FerryError } from '@ferryline/engine';
import { fingerprint } from './fingerprint.ts';
import type { HttpProxy } from './http-proxy.ts';
import type { HubTrust } from './hub-trust.ts';
import { openTunnel } from './tunnel.ts';
import { untrusted } from './untrusted.ts';

/** A connection that is not open after this long, with proxy and TLS handshake, is given up. */
const DIAL_TIMEOUT_MS = 10_000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

export interface DialSettings {
  /** By what its certificate is known; an authority of the system when absent. Means nothing to an `http:` hub. */
  readonly trust?: HubTrust;
  readonly proxy?: HttpProxy | undefined;
}

/**
 * Opens connections to one hub and to nothing else, for HTTP requests and WebSockets alike. A connection is handed over only when the
 * hub has shown the certificate that it is known by: before that nothing is sent (ATTACKS.md A74). No setting and no environment
 * variable turns that off.
 */
export class HubDialer extends Agent {
  readonly #hub: URL;
  readonly #trust: HubTrust;
  readonly #proxy: HttpProxy | undefined;
  #context: SecureContext | undefined;

  constructor(hub: URL, { trust = { kind: 'system' }, proxy }: DialSettings = {}) {
    super({ keepAlive: true, protocol: hub.protocol, defaultPort: DEFAULT_PORTS[hub.protocol] });
    this.#hub = hub;
    this.#trust = trust;
    this.#proxy = proxy;
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback: (error: Error | null, stream: Duplex) => void = () => undefined,
  ): undefined {
    this.#dial().then(
      (socket) => callback(null, socket),
      // Node's own agents call back without a stream as well; its types do not say so.
      (error: Error) => (callback as (error: Error) => void)(error),
    );
  }

  async #dial(): Promise<Socket> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), DIAL_TIMEOUT_MS);
    try {
      const socket = await this.#openSocket(deadline.signal);
      return this.#hub.protocol === 'https:' ? await this.#secure(socket, deadline.signal) : socket;
    } finally {
      clearTimeout(timer);
    }
  }

  async #openSocket(signal: AbortSignal): Promise<Socket> {
    const { protocol, hostname } = this.#hub;
    const port = Number(this.#hub.port || DEFAULT_PORTS[protocol]);
    if (this.#proxy !== undefined) return openTunnel(this.#proxy, hostname, port, signal);
    const socket = connectTcp({ host: withoutBrackets(hostname), port, noDelay: true });
    await happened(socket, 'connect', signal);
    return socket;
  }

  async #secure(beneath: Socket, signal: AbortSignal): Promise<TLSSocket> {
    const host = withoutBrackets(this.#hub.hostname);
    const socket = connectTls({
      socket: beneath,
      host,
      // Names only (RFC 6066, 3).
      servername: isIP(host) === 0 ? host : '',
      secureContext: this.#secureContext(),
      // Said in both cases: left out, an environment variable could turn it off.
      rejectUnauthorized: this.#trust.kind !== 'pin',
    });
    try {
      await happened(socket, 'secureConnect', signal);
    } catch (cause) {
      throw untrusted(this.#hub, cause);
    }
    if (this.#trust.kind === 'pin') this.#requirePinned(socket, this.#trust.fingerprint);
    return socket;
  }

  /** Made once: what the system trusts takes a tenth of a second to read. */
  #secureContext(): SecureContext {
    this.#context ??= secureContext(this.#trust);
    return this.#context;
  }

  #requirePinned(socket: TLSSocket, pinned: string): void {
    const pairs = socket.getPeerX509Certificate()?.fingerprint256;
    const shown = pairs === undefined ? 'no certificate' : fingerprint(pairs);
    if (shown === pinned) return;
    socket.destroy();
    throw new FerryError(
      'AGENT_OFFLINE',
      `Nothing was sent to ${this.#hub.origin}: it shows ${shown}, and pinned is ${pinned}. If the hub has a new certificate, pin that one; if not, somebody stands in between.`,
    );
  }
}

/** A private authority stands alone: whoever the system trusts besides cannot speak for the hub. */
function secureContext(trust: HubTrust): SecureContext {
  const minVersion = 'TLSv1.2';
  if (trust.kind === 'pin') return createSecureContext({ minVersion });
  if (trust.kind === 'authority') return createSecureContext({ minVersion, ca: trust.pem });
  // What comes with Node and NODE_EXTRA_CA_CERTS, and what this machine trusts.
  const authorities = new Set([...getCACertificates('default'), ...getCACertificates('system')]);
  return createSecureContext({ minVersion, ca: [...authorities] });
}

/** Resolves when the socket says so; otherwise destroys it and rejects with the reason. */
async function happened(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = (): void =>
    reject(Object.assign(new Error(`no answer came within ${DIAL_TIMEOUT_MS / 1000} s`), { code: 'ETIMEDOUT' }));
  const closed = (): void => reject(Object.assign(new Error('the connection was cut'), { code: 'ECONNRESET' }));
  signal.addEventListener('abort', late, { once: true });
  socket.once(event, resolve);
  socket.once('error', reject);
  socket.once('close', closed);
  try {
    await promise;
  } catch (thrown) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', late);
    socket.off(event, resolve);
    socket.off('error', reject);
    socket.off('close', closed);
  }
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
