import { type HubTrust, isLoopback, type ShownCertificate } from '@ferryline/agent/dial';
import type { FerryError } from '@ferryline/engine';
import { displayCount } from '../../display/quantity.ts';
import { type Finding, failed, ok, warn } from '../finding.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Authorities of today renew a month before the end; two weeks later somebody should look. */
const FEW_DAYS = 14;

export interface TlsSight {
  readonly shown: ShownCertificate;
  readonly trust: HubTrust;
  /** What an agent says that does not go on with this certificate. */
  readonly refusal?: FerryError;
  readonly now: Date;
}

export function judgeTls({ shown, trust, refusal, now }: TlsSight): readonly Finding[] {
  const { protocol, subject, issuer, fingerprint } = shown;
  return [
    ok(`${protocol}. The certificate is for ${subject}, made by ${issuer}, ${fingerprint}.`),
    judgeDays(shown.validUntil, trust, now),
    refusal === undefined ? ok(trustedAs[trust.kind]) : judgeRefusal(refusal, shown),
  ];
}

/** A hub without TLS, which an agent would dial. */
export function judgePlainHttp(hub: URL): Finding {
  if (isLoopback(hub.hostname)) return ok('Plain HTTP, which does not leave this machine.');
  return warn(
    `${hub.origin} is plain HTTP: everybody on the way can read the token and the files.`,
    'Give the hub a certificate (ferry hub --tls-cert, or --tls-self-signed), and use https://.',
  );
}

const trustedAs: Readonly<Record<HubTrust['kind'], string>> = {
  system: 'It is trusted: by an authority of this machine.',
  authority: 'It is trusted: by the authority of --ca (FERRY_CA_FILE).',
  pin: 'It is trusted: it is the pinned one (--pin, FERRY_PIN).',
};

function judgeDays(validUntil: Date, trust: HubTrust, now: Date): Finding {
  const days = Math.floor((validUntil.getTime() - now.getTime()) / DAY_MS);
  const until = validUntil.toISOString().slice(0, 10);
  if (trust.kind === 'pin') return ok(`It is good until ${until}; a pinned certificate counts beyond that.`);
  if (days < 0) return warn(`It was good until ${until}.`, 'Give the hub a new one.');
  const left = `It is good for ${displayCount(days, 'more day')}, until ${until}.`;
  return days < FEW_DAYS ? warn(left, 'See to it that the hub gets a new one before that.') : ok(left);
}

/** A stranger's certificate that somebody else made is what a proxy that opens TLS shows. */
function judgeRefusal(refusal: FerryError, { subject, issuer }: ShownCertificate): Finding {
  const finding = failed(refusal);
  if (finding.level === 'ok' || issuer === subject || finding.advice.includes('in between')) return finding;
  return { ...finding, advice: `${finding.advice} If you do not know "${issuer}", somebody stands in between.` };
}
