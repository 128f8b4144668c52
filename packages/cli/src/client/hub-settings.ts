import { resolve } from 'node:path';
import type { TrustSettings } from '@ferryline/agent/dial';
import { FerryError } from '@ferryline/engine';
import type { Io } from '../io.ts';

/** How a hub is known and reached, as flags of a command say it. */
export interface HubFlags {
  /** A file with the certificate of the hub's authority. */
  readonly ca?: string;
  /** The fingerprint of the hub's certificate. */
  readonly pin?: string;
  readonly insecureHttp?: boolean;
}

/**
 * By what the hub's certificate is known: as the flags say, else as FERRY_CA_FILE or FERRY_PIN do, else as was said when signing in.
 * Each wins whole, so that a pin is never mixed with an authority of elsewhere. The path is absolute.
 */
export function trustSettings(flags: HubFlags, env: Io['env'], remembered: TrustSettings = {}): TrustSettings {
  const given = [
    { caFile: flags.ca, pin: flags.pin },
    { caFile: env.FERRY_CA_FILE || undefined, pin: env.FERRY_PIN || undefined },
    remembered,
  ].find(({ caFile, pin }) => caFile !== undefined || pin !== undefined);
  return {
    ...(given?.caFile !== undefined && { caFile: resolve(given.caFile) }),
    ...(given?.pin !== undefined && { pin: given.pin }),
  };
}

/** Whether a person takes it upon them that plain HTTP can be read. @throws FerryError VALIDATION for neither `true` nor `false`. */
export function allowsInsecureHttp(flags: HubFlags, env: Io['env']): boolean {
  const said = env.FERRY_INSECURE_HTTP || 'false';
  if (said !== 'true' && said !== 'false') {
    throw new FerryError('VALIDATION', `FERRY_INSECURE_HTTP takes true or false, not "${said}".`);
  }
  return flags.insecureHttp === true || said === 'true';
}
