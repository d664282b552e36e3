// node worker.mjs SUITE WORK CLIENT DIRECTORY: one measurement; prints one line of JSON.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [suiteName, work, client, directory] = process.argv.slice(2);
// This suite alone: what the others need is memory, too.
const { run, bare } = (await import(`./${suiteName}.mjs`))[
  suiteName.replace(/-(.)/g, (_, letter) => letter.toUpperCase())
];
// Every client runs in the heap of an application that has Nest in it: a larger heap makes each collection dearer, and
// buffers of 1 MiB bring one about every 64 MiB.
if (!bare?.(work)) await import('../../dist/index.js');
const place = join(directory, `${process.pid}`);
mkdirSync(place);
try {
  const result = await run(work, client, place, directory);
  const rssMiB =
    result.rssMiB ?? Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
  console.log(JSON.stringify({ ...result, rssMiB }));
} finally {
  rmSync(place, { recursive: true, force: true });
}
process.exit(0);
