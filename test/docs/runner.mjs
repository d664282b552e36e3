// node runner.mjs RESULTS MODULE...: runs the examples of a page one after the other, with one storage, and writes
// to the file RESULTS what each of them logged. It ends by itself only when the examples leave nothing open.
import { appendFileSync } from 'node:fs';
import { format } from 'node:util';
import { LocalBackend, StorageService } from 'nestjs-stowage';

const [results, ...modules] = process.argv.slice(2);
const backend = new LocalBackend({ root: 'objects' });
globalThis.storage = new StorageService('docs', backend);
for (const module of modules) {
  const logged = [];
  console.log = (...values) => logged.push(...format(...values).split('\n'));
  await import(`./${module}.js`);
  appendFileSync(results, `${JSON.stringify({ module, logged })}\n`);
}
await backend.close();
