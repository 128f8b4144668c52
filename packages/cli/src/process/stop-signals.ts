/** What sends the signals: the process, or a test. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/**
 * Signals closer together than this are one: a terminal and `timeout` signal the whole process group, and a launcher in that group
 * hands its own on, so that one Ctrl-C may arrive twice.
 */
const SAME_SIGNAL_MS = 300;

/**
 * Listens for SIGINT and SIGTERM until disposed: the first asks to stop, a later one means now.
 *
 * @param nowMs a clock that never goes back
 */
export function onStopSignals(
  asked: { readonly first: () => void; readonly again: () => void },
  source: SignalSource = process,
  nowMs: () => number = () => performance.now(),
): Disposable {
  let firstAtMs: number | undefined;
  const listener = (): void => {
    if (firstAtMs === undefined) {
      firstAtMs = nowMs();
      asked.first();
    } else if (nowMs() - firstAtMs >= SAME_SIGNAL_MS) {
      asked.again();
    }
  };
  source.on('SIGINT', listener);
  source.on('SIGTERM', listener);
  return {
    [Symbol.dispose]: () => {
      source.off('SIGINT', listener);
      source.off('SIGTERM', listener);
    },
  };
}
