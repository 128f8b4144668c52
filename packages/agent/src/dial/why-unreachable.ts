/** What the system says when a connection fails, in words. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no machine of that name is known',
  EAI_AGAIN: 'the name could not be looked up just now',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'no answer came in time',
  EHOSTUNREACH: 'no way leads to that machine',
  ENETUNREACH: 'no way leads to that network',
};

/** Why a connection to a hub failed, as the end of a sentence. */
export function whyUnreachable(hub: URL, thrown: unknown): string {
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError') return 'no answer came in time';
  if (!(thrown instanceof Error)) return String(thrown);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  // What a server that speaks TLS does to whoever does not.
  if (code === 'ECONNRESET' && hub.protocol === 'http:') return `${reasons[code]}; a hub with TLS wants https://`;
  return reasons[code] ?? (thrown.message || code);
}
