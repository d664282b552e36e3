import { besideOf, median, round, summarize } from './report.mjs';

/** The rows of `summarize`, with the CPU beside that of others in the same round. */
export function summarizeLarge(cases, samples) {
  return summarize(
    cases.map((one) => ({ ...one, target: {} })),
    samples,
  ).map((row) => {
    const { server, target } = cases.find(({ work }) => work === row.work);
    const beside = besideOf(samples, row);
    const own = samples.filter((one) => one.work === row.work && one.client === row.client);
    const cpu = (one) => one.cpu;
    const loopP99 = median(own.map(({ loopP99Ms }) => loopP99Ms));
    return {
      ...row,
      server,
      cpuToRaw: beside('raw', cpu),
      cpuToLib: beside('lib-storage', cpu),
      timeToSdk: beside('aws-sdk', (one) => 1 / one.perSecond),
      ...(loopP99 !== undefined && { loopP99Ms: round(loopP99, 1) }),
      ...(target && row.client === 'nestjs-stowage' && { target }),
    };
  });
}

/** Prints the rows as a Markdown table, and then what became of the targets. */
export function showLarge(rows) {
  console.log(
    '| work | client | per second | CPU s/GiB | RSS MiB | speed of the first | CPU x raw | CPU x lib-storage | time x SDK | rounds |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const row of rows) {
    const { work, client, unit, perSecond, cpu, rssMiB, ratio, ratios, cpuToRaw, cpuToLib, timeToSdk } = row;
    const cells = [work, client, `${perSecond} ${unit}`, cpu, rssMiB, ratio, cpuToRaw, cpuToLib, timeToSdk];
    console.log(`| ${[...cells, ratios.join(' ')].map((cell) => cell ?? '').join(' | ')} |`);
  }
  for (const { work, client, target, errors, loopP99Ms, ...row } of rows) {
    if (errors !== undefined) console.log(`${work}, ${client}: ${errors} errors, RSS ${row.rssMiB} MiB`);
    if (loopP99Ms !== undefined)
      console.log(`${work}, ${client}: the event loop was late by ${loopP99Ms} ms (99th percentile)`);
    if (!target) continue;
    const told = (what, value, most) => {
      if (most === undefined || value === undefined) return;
      console.log(
        `${work}, ${client}: ${what} ${value}, target <= ${most}: ${value <= most ? 'met' : 'MISSED'}`,
      );
    };
    told('CPU beside raw', row.cpuToRaw, target.rawCpu);
    told('CPU beside lib-storage', row.cpuToLib, target.libCpu);
    told('time beside the SDK', row.timeToSdk, target.sdkTime);
    told('RSS MiB', row.rssMiB, target.rss);
    told('connections', row.unit === 'connections' ? row.perSecond : undefined, target.connections);
    told('errors', errors, target.errors);
  }
}
