/** Of the values that are numbers. */
export const median = (values) => {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** One row for each client of each work: medians over the rounds, the ratio to the first client in the same round. */
export function summarize(cases, samples) {
  return cases.flatMap(({ work, unit, clients, target = {} }) => {
    const of = (client) => samples.filter((sample) => sample.work === work && sample.client === client);
    const base = of(clients[0]);
    return clients.map((client) => {
      const own = of(client);
      const ratios = own.map(
        (sample) => sample.perSecond / base.find(({ round }) => round === sample.round).perSecond,
      );
      const row = { work, client, unit };
      row.perSecond = round(median(own.map((sample) => sample.perSecond)), 1);
      row.cpu = round(median(own.map((sample) => sample.cpu)), 3);
      row.rssMiB = round(Math.max(...own.map((sample) => sample.rssMiB)), 0);
      row.ratio = round(median(ratios), 2);
      row.ratios = ratios.map((value) => round(value, 2));
      if (target[client] !== undefined) row.target = target[client];
      const errors = own.reduce((sum, sample) => sum + (sample.errors ?? 0), 0);
      if (own.some((sample) => sample.errors !== undefined)) row.errors = errors;
      return row;
    });
  });
}

/**
 * What tells the value of one client of `work` beside that of another, in the same round: the median, if there is one.
 * @param samples Of all works.
 */
export function besideOf(samples, { work, client }) {
  const of = (name) => samples.filter((one) => one.work === work && one.client === name);
  const own = of(client);
  return (name, value) => {
    const others = of(name);
    const ratios = own.map((one) => {
      const other = others.find(({ round: at }) => at === one.round);
      return other && value(one) / value(other);
    });
    return round(median(ratios), 3);
  };
}

/** Prints the rows as a Markdown table. */
export function show(rows) {
  console.log('| work | client | per second | CPU | RSS MiB | ratio | rounds | target |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const { work, client, unit, perSecond, cpu, rssMiB, ratio, ratios, target = '', errors } of rows) {
    const failed = errors === undefined ? '' : `, ${errors} errors`;
    console.log(
      `| ${work} | ${client} | ${perSecond} ${unit} | ${cpu} ${unit === 'MiB' ? 's/GiB' : 'us/op'} | ${rssMiB} | ${ratio} | ${ratios.join(' ')}${failed} | ${target} |`,
    );
  }
}

export function round(value, digits) {
  return value === undefined ? undefined : Number(value.toFixed(digits));
}
