import { statSync } from 'node:fs';
import { FerryError } from '@ferryline/engine';
import type { Logger } from 'pino';
import type { HubConfig } from '../config/hub-config.ts';
import { type CertificateFiles, type CertificatePair, readCertificatePair } from './certificate-pair.ts';
import { ensureOwnCertificate } from './own-certificate.ts';

/** Two `stat` calls each time; whoever renews a certificate waits no longer than this. */
const LOOK_EVERY_MS = 2_000;

export interface HubCertificateParts {
  readonly now: () => Date;
  readonly logger: Logger;
}

/**
 * The certificate that the hub shows, read anew when its files change. A new pair that does not do is logged, once, and the one
 * before stays. Files are looked at rather than watched: that also sees a symbolic link that is pointed elsewhere, as certificate
 * tools and container platforms do.
 */
export class HubCertificate {
  /** One that was made by an authority; people must trust the hub's own one themselves, machine by machine. */
  readonly isLasting: boolean;
  readonly #files: CertificateFiles;
  readonly #parts: HubCertificateParts;
  readonly #timer: NodeJS.Timeout;
  #seen: string;
  #pair: CertificatePair;
  #renewed: (pair: CertificatePair) => void = () => undefined;

  /**
   * @throws FerryError what `readCertificatePair` and `ensureOwnCertificate` throw.
   */
  static open(
    tls: NonNullable<HubConfig['tls']>,
    { dataDir, host }: Pick<HubConfig, 'dataDir' | 'host'>,
    parts: HubCertificateParts,
  ): HubCertificate {
    const files = tls.kind === 'files' ? tls : ensureOwnCertificate(dataDir, host, parts.now());
    return new HubCertificate(files, tls.kind === 'files', parts);
  }

  private constructor(files: CertificateFiles, isLasting: boolean, parts: HubCertificateParts) {
    this.isLasting = isLasting;
    this.#files = files;
    this.#parts = parts;
    // What changes while it is read is read again.
    this.#seen = stampOf(files);
    this.#pair = readCertificatePair(files, parts.now());
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  get pair(): CertificatePair {
    return this.#pair;
  }

  /** Calls `renewed` with every pair that takes the place of the one before. One listener at a time. */
  onRenewed(renewed: (pair: CertificatePair) => void): void {
    this.#renewed = renewed;
  }

  /** Reads the files if they have changed since the last look. Never throws. */
  look(): void {
    const stamp = stampOf(this.#files);
    if (stamp === this.#seen) return;
    this.#seen = stamp;
    const { logger } = this.#parts;
    try {
      const pair = readCertificatePair(this.#files, this.#parts.now());
      if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return;
      this.#renewed(pair);
      this.#pair = pair;
      logger.info({ fingerprint: pair.fingerprint, validUntil: pair.validUntil }, 'the hub shows a new certificate');
    } catch (thrown) {
      const reason = FerryError.from(thrown).message;
      logger.error({ reason }, 'the new certificate does not do, so the hub goes on with the one before');
    }
  }

  /** Looks no more; may be called twice. */
  close(): void {
    clearInterval(this.#timer);
  }
}

/** Changes when one of the files does. */
function stampOf({ certFile, keyFile }: CertificateFiles): string {
  return [certFile, keyFile]
    .map((file) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
        return [dev, ino, size, mtimeNs, ctimeNs].join(':');
      } catch (thrown) {
        // Reading it says so in words.
        return String(thrown);
      }
    })
    .join(' ');
}
