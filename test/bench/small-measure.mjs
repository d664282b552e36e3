import { readFileSync } from 'node:fs';

const AT_ONCE = 16;

/**
 * Runs `once` 16 at a time until `warm` calls are done (for `warmMs` at least and 8 s at most), then for `ms`.
 * Times, not counts: the fastest client is 20 times as fast as the slowest.
 */
export async function measureFor({ ms, warm, warmMs, mib, once }) {
  let next = 0;
  const all = async (enough) => {
    const loop = async () => {
      do await once(next++);
      while (!enough());
    };
    await Promise.all(Array.from({ length: AT_ONCE }, loop));
  };
  const begin = performance.now();
  await all(() => {
    const past = performance.now() - begin;
    return past > 8000 || (past > warmMs && next > warm);
  });
  globalThis.gc?.();
  const before = next;
  const cpu = process.cpuUsage();
  const main = mainThread();
  const started = performance.now();
  await all(() => performance.now() - started > ms);
  const seconds = (performance.now() - started) / 1000;
  const mainMicros = mainThread() - main;
  const used = process.cpuUsage(cpu);
  const count = next - before;
  const cpuMicros = used.user + used.system;
  return {
    perSecond: ((mib ?? 1) * count) / seconds,
    cpu: mib === undefined ? cpuMicros / count : cpuMicros / 1e6 / ((mib * count) / 1024),
    mainThread: mainMicros / count,
  };
}

/**
 * Microseconds that the main thread has had a processor: the first number of schedstat
 * (https://docs.kernel.org/scheduler/sched-stats.html). Elsewhere the time that the event loop was not idle, which
 * includes the time that other processes took from it.
 */
function mainThread() {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[0]) / 1000;
  } catch {
    return performance.eventLoopUtilization().active * 1000;
  }
}
