import { type Logger, pino } from 'pino';

/** What `--log-level` takes; the hub checks its own, which come to it by other ways too. */
export const logLevels: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

/** The log of a service that `ferry` runs: JSON lines on standard error, so that standard output stays for what people and scripts read. */
export function serviceLog(name: string, level: string): Logger {
  return pino({ name, level }, pino.destination({ fd: 2, sync: true }));
}
