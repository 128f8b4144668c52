// Loaded into the hub by bench/event-loop.ts: writes down, second by second, how long the event loop kept others waiting.
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A delay that 99 of 100 looks are to stay below. */
const LIMIT_MS = 20;

const file = process.env.BENCH_PROBE_FILE;
if (file !== undefined && process.argv[2] === 'hub') {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  setInterval(() => {
    // The histogram counts the timer's own resolution as delay.
    const ms = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - 1);
    // Percentiles are listed where the value changes: the last one within the limit tells the share beyond it.
    const within = [...delay.percentiles].findLast(([, nanoseconds]) => ms(nanoseconds) <= LIMIT_MS)?.[0] ?? 0;
    const late = Math.round((delay.count * (100 - within)) / 100);
    const line = {
      at: Date.now(),
      p50: ms(delay.percentile(50)),
      p99: ms(delay.percentile(99)),
      max: ms(delay.max),
      looks: delay.count,
      late,
    };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
    delay.reset();
  }, 1_000).unref();
}
