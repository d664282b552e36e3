import { readFileSync } from 'node:fs';

/** Times `count` calls of `once`, `atOnce` at a time, after `warm` calls that do not count. */
export async function measure({ count, warm, atOnce = 1, mib, once, between }) {
  const all = async (from, to) => {
    let next = from;
    const loop = async () => {
      for (let i = next++; i < to; i = next++) await once(i);
    };
    await Promise.all(Array.from({ length: atOnce }, loop));
  };
  await all(0, warm);
  await between?.();
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const started = performance.now();
  await all(warm, warm + count);
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  return rate({ seconds, cpuMicros: used.user + used.system, count, mib });
}

/** MiB per second and CPU seconds per GiB where `mib` (of one call) is given, else calls and microseconds per call. */
export function rate({ seconds, cpuMicros, count, mib }) {
  if (mib === undefined) return { perSecond: count / seconds, cpu: cpuMicros / count };
  return { perSecond: (mib * count) / seconds, cpu: cpuMicros / 1e6 / ((mib * count) / 1024) };
}

/** CPU microseconds that the process `pid` has used so far, from proc(5). */
export function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** The most memory that the process `pid` has had, in MiB. */
export function peakOf(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
