/**
 * Loaded into the server under load by NODE_OPTIONS. At each SIGUSR2 it writes how late its event loop was
 * since the last one, in ms, to the file named by EVENT_LOOP_REPORT.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const path = process.env.EVENT_LOOP_REPORT;
if (isMainThread && path) {
  const resolutionMs = 5;
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  process.on('SIGUSR2', () => {
    // The histogram counts from one look to the next, the wait between them included.
    const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - resolutionMs);
    const [p50, p99, max] = [delay.percentile(50), delay.percentile(99), delay.max].map(late);
    writeFileSync(path, JSON.stringify({ p50, p99, max }));
    delay.reset();
  });
}
