import type { FastifyReply } from 'fastify';

/** Nothing that the API answers is a page: a browser that shows it anyway loads nothing and runs nothing. */
const API_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

const NO_FEATURES = [
  'accelerometer',
  'autoplay',
  'camera',
  'clipboard-read',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'publickey-credentials-get',
  'screen-wake-lock',
  'serial',
  'usb',
  'xr-spatial-tracking',
]
  .map((feature) => `${feature}=()`)
  .join(', ');

/** What every answer says to a browser, page or not (ATTACKS.md section 5.1). */
const always = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': NO_FEATURES,
  'cache-control': 'no-store',
} as const;

/** Of an answer of the API. They are constants, so that answers that never reach a hook carry them as well. */
export const apiHeaders = { ...always, 'content-security-policy': API_CONTENT_POLICY } as const;

/** Of a page that the hub serves, and what it loads: its own files only, no inline script, in no frame. */
export const pageHeaders = {
  ...always,
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
} as const;

/** Of the page that describes the API: its library sets styles of its own and does not know trusted types; scripts are files still. */
export const docsHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
} as const;

/** Where browsers trust the certificate: for a year they ask this host by HTTPS only. */
export const lastingTls = { 'strict-transport-security': 'max-age=31536000' } as const;

/** Readies an answer: the API's headers (a page replaces its policy) and the id under which the log knows the request. */
export function setSecurityHeaders(requestId: string, reply: FastifyReply): void {
  reply.headers({ ...apiHeaders, 'x-request-id': requestId });
}
