import { type Logger, pino } from 'pino';
import { LogLines } from './log-lines.ts';

/** What `--log-level` takes; the hub checks its own, which come to it by other ways too. */
export const logLevels: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

const STANDARD_ERROR = 2;

/**
 * The log of a service that `ferry` runs: JSON lines on standard error, so that standard output stays for what people and scripts read.
 * A line that cannot be written is lost, and nothing else is.
 */
export function serviceLog(name: string, level: string): Logger {
  const lines = new LogLines(STANDARD_ERROR, (lost) =>
    logger.error(lost, 'lines of this log were lost: they could not be written'),
  );
  const logger = pino({ name, level }, lines);
  return logger;
}
