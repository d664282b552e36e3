#!/usr/bin/env node
// npm run bench -- SUITE [--rounds N] [--only TEXT] [--json FILE] [--dir DIRECTORY] [--server NAME] [--clients A,B]
// Runs every client of every work in a process of its own, round by round, so that what else the machine does
// meets all of them; a ratio is the median of the ratios to the raw way in the same round.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { overHttp } from './over-http.mjs';
import { large } from './large.mjs';
import { listing } from './listing.mjs';
import { local } from './local.mjs';
import { show, summarize } from './report.mjs';
import { small } from './small.mjs';

const suites = { 'over-http': overHttp, large, listing, local, small };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    dir: { type: 'string', default: tmpdir() },
    // Of `large`, `over-http` and `small`: all, null, minio or versitygw.
    server: { type: 'string' },
    // Only these; a ratio is to the first one of a work.
    clients: { type: 'string' },
  },
});
const suite = suites[positionals[0]];
if (!suite) {
  console.error(`Which suite? One of: ${Object.keys(suites).join(', ')}`);
  process.exit(2);
}

const directory = mkdtempSync(join(values.dir, 'stowage-bench-'));
const worker = fileURLToPath(new URL('worker.mjs', import.meta.url));
const samples = [];
let stage;
let cases;
try {
  stage = await suite.prepare?.({ server: values.server });
  const only = values.clients?.split(',');
  cases = (stage?.cases ?? suite.cases)
    .filter(({ work }) => work.includes(values.only))
    .map((one) => ({ ...one, clients: one.clients.filter((client) => only?.includes(client) ?? true) }));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { work, clients } of cases) {
      // Now this one first, now the other: whoever comes second finds warmer caches.
      const order = round % 2 === 0 ? clients : [...clients].reverse();
      for (const client of order) {
        const run = spawnSync(
          process.execPath,
          [
            '--expose-gc',
            ...(stage?.flags ?? []),
            ...(suite.flags?.[work] ?? []),
            worker,
            positionals[0],
            work,
            client,
            directory,
          ],
          {
            encoding: 'utf8',
            timeout: 300_000,
            stdio: ['ignore', 'pipe', 'inherit'],
            env: { ...process.env, ...stage?.environment },
          },
        );
        const line = run.stdout?.trim().split('\n').at(-1) ?? '';
        if (run.status !== 0 || !line.startsWith('{'))
          throw new Error(`${work}, ${client}: no result (${run.status ?? run.signal})`);
        samples.push({ round, work, client, ...JSON.parse(line) });
      }
    }
    console.error(`round ${round + 1} of ${values.rounds} done, load average ${loadavg()[0].toFixed(1)}`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
  await stage?.stop();
}
const rows = (suite.summarize ?? summarize)(cases, samples);
(suite.show ?? show)(rows);
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
if (rows.some(({ errors }) => errors > 0)) process.exitCode = 1;
