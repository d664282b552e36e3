import { besideOf, median, round, summarize } from './report.mjs';

/** The rows of `summarize`, with the main thread, and each client beside the SDK in the same round. */
export function summarizeSmall(cases, samples) {
  return summarize(
    cases.map((one) => ({ ...one, target: {} })),
    samples,
  ).map((row) => {
    const { server, target } = cases.find(({ work }) => work === row.work);
    const beside = besideOf(samples, row);
    const own = samples.filter((one) => one.work === row.work && one.client === row.client);
    const main = (one) => one.mainThread;
    return {
      ...row,
      server,
      mainThread: round(median(own.map(({ mainThread }) => mainThread)), 2),
      // On a busy machine it says more than the speed: it has no time in it that other processes took.
      mainToRaw: beside('raw', main),
      toSdk: beside('aws-sdk', (one) => one.perSecond),
      mainToSdk: beside('aws-sdk', main),
      ...(target && row.client === 'nestjs-stowage' && { target }),
    };
  });
}

/** Prints the rows as a Markdown table, and then what became of the targets. */
export function showSmall(rows) {
  console.log(
    '| work | client | per second | CPU | main thread us | RSS MiB | of raw | main x raw | x SDK | main x SDK | rounds |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|---|');
  for (const row of rows) {
    const { work, client, unit, perSecond, cpu, mainThread, rssMiB } = row;
    const cost = `${cpu} ${unit === 'MiB' ? 's/GiB' : 'us/op'}`;
    const cells = [work, client, `${perSecond} ${unit}`, cost, mainThread, rssMiB];
    cells.push(row.ratio, row.mainToRaw, row.toSdk, row.mainToSdk, row.ratios.join(' '));
    console.log(`| ${cells.join(' | ')} |`);
  }
  for (const { work, client, target, ratio, mainToRaw, toSdk, mainToSdk } of rows) {
    if (!target) continue;
    const told = (what, value, met, wanted) =>
      console.log(`${work}, ${client}: ${what} ${value}, target ${wanted}: ${met ? 'met' : 'MISSED'}`);
    // With --clients there may be none to be beside.
    if (target.raw && mainToRaw !== undefined) told('of raw', ratio, ratio >= target.raw, `>= ${target.raw}`);
    if (target.sdk && toSdk !== undefined)
      told('times the SDK', toSdk, toSdk >= target.sdk, `>= ${target.sdk}`);
    if (target.sdkMain && mainToSdk !== undefined)
      told("of the SDK's main thread", mainToSdk, mainToSdk <= target.sdkMain, `<= ${target.sdkMain}`);
  }
}
