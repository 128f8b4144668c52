import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { makeSelfSignedCertificate } from '../../packages/hub/src/infrastructure/tls/self-signed-certificate.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface ImpostorSettings {
  readonly names?: readonly string[];
  /** How long its certificate is still good; less than 0: it is no longer. */
  readonly days?: number;
}

/** A TLS server that stands where a hub should, says nothing, and keeps what it is told. */
export class Impostor implements AsyncDisposable {
  /** PEM: its own authority. */
  readonly certificate: string;
  readonly fingerprint: string;
  /** How many have believed it so far that they finished the handshake. */
  handshakes = 0;
  /** Everything that it was sent, decrypted. */
  heard = '';
  readonly #server: Server;
  #open = 0;
  #quiet: () => void = () => undefined;

  private constructor(key: string, certificate: string) {
    this.certificate = certificate;
    this.fingerprint = `sha256:${new X509Certificate(certificate).fingerprint256}`;
    this.#server = createServer({ key, cert: certificate });
    this.#server.on('tlsClientError', () => undefined);
    this.#server.on('connection', (socket) => {
      this.#open += 1;
      socket.once('close', () => {
        this.#open -= 1;
        if (this.#open === 0) this.#quiet();
      });
    });
    this.#server.on('secureConnection', (socket) => {
      this.handshakes += 1;
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        this.heard += data.toString('latin1');
        // It has heard enough.
        socket.destroy();
      });
    });
  }

  static async start({ names = ['127.0.0.1'], days = 1 }: ImpostorSettings = {}): Promise<Impostor> {
    const until = new Date(Date.now() + days * DAY_MS);
    const from = new Date(until.getTime() - 30 * DAY_MS);
    const { key, certificate } = makeSelfSignedCertificate({ names, from, until });
    const impostor = new Impostor(key, certificate);
    await once(impostor.#server.listen(0, '127.0.0.1'), 'listening');
    return impostor;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): URL {
    return new URL(`https://127.0.0.1:${this.port}`);
  }

  /** Resolves when nobody is connected any more: what was to be heard has been. */
  async quiet(): Promise<void> {
    if (this.#open === 0) return;
    await new Promise<void>((resolve) => {
      this.#quiet = resolve;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }
}
