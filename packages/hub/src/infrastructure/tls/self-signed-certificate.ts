import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  unsignedInteger,
  utf8String,
} from './der.ts';

export interface SelfSignedRequest {
  /** Host names and IP addresses for which it is good; what is neither is left out. At least one. */
  readonly names: readonly string[];
  readonly from: Date;
  readonly until: Date;
}

/** As PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

const oids = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
} as const;

const X509_VERSION_3 = Buffer.of(2);
/** RFC 5280 allows 20 bytes; 16 random ones never meet. */
const SERIAL_BYTES = 16;
/** Bit 0 of KeyUsage. TLS with ECDSA needs no other. */
const DIGITAL_SIGNATURE = bitString(Buffer.of(0x80), 7);
/** The choices of GeneralName. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;
const SIGNATURE_ALGORITHM = sequence(objectIdentifier(oids.ecdsaWithSha256));

/** A new EC P-256 key and a certificate (X.509 version 3, RFC 5280) that it signs itself: of a server, and of no authority. */
export function makeSelfSignedCertificate({ names, from, until }: SelfSignedRequest): KeyAndCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = sequence(setOf(sequence(objectIdentifier(oids.commonName), utf8String('Ferryline hub'))));
  const toBeSigned = sequence(
    explicit(0, unsignedInteger(X509_VERSION_3)),
    unsignedInteger(serialNumber()),
    SIGNATURE_ALGORITHM,
    subject,
    sequence(time(from), time(until)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, extensions(names, publicKey)),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    certificate: pem(sequence(toBeSigned, SIGNATURE_ALGORITHM, bitString(signature))),
  };
}

/** Positive, and of the same length each time: the first byte is neither 0 nor one that a number would begin with a zero for. */
function serialNumber(): Buffer {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return bytes;
}

function extensions(names: readonly string[], publicKey: KeyObject): Buffer {
  const keyIdentifier = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
  return sequence(
    extension(oids.basicConstraints, sequence(), { critical: true }),
    extension(oids.keyUsage, DIGITAL_SIGNATURE, { critical: true }),
    extension(oids.extendedKeyUsage, sequence(objectIdentifier(oids.serverAuthentication))),
    extension(oids.subjectKeyIdentifier, octetString(keyIdentifier)),
    // Where several hubs are trusted, all of this one subject, it says which of them vouches.
    extension(oids.authorityKeyIdentifier, sequence(implicit(0, keyIdentifier))),
    extension(oids.subjectAltName, sequence(...names.flatMap(generalName))),
  );
}

function extension(oid: string, value: Buffer, { critical = false } = {}): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [boolean(true)] : []), octetString(value));
}

function generalName(name: string): readonly Buffer[] {
  if (isIP(name) !== 0) return [implicit(IP_ADDRESS, addressBytes(name))];
  const isHostName = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/i.test(name);
  return isHostName ? [implicit(DNS_NAME, Buffer.from(name.toLowerCase(), 'ascii'))] : [];
}

function addressBytes(text: string): Buffer {
  if (isIP(text) === 4) return Buffer.from(text.split('.').map(Number));
  return Buffer.from(ipv6Groups(text).flatMap((group) => [group >> 8, group & 0xff]));
}

/** The eight numbers of an IPv6 address, however it is written; a zone is no part of a certificate. */
function ipv6Groups(text: string): number[] {
  const [address] = text.split('%', 1);
  // A URL has it in its one shortest form, without dots.
  const [before = '', after = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string): string[] => part.split(':').filter((group) => group !== '');
  const [first, last] = [groups(before), groups(after)];
  const zeros = Array<string>(8 - first.length - last.length).fill('0');
  return [...first, ...zeros, ...last].map((group) => Number.parseInt(group, 16));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
