import 'reflect-metadata';
import type { Environment } from '../../../src/app/app.module.js';
import { start } from '../../../src/app/start.js';

/** What the reference server prints goes to its parent, line by line, and where it listens. */
for (const stream of [process.stdout, process.stderr])
  stream.write = (text: string | Uint8Array) => {
    process.send?.({ line: String(text).trimEnd() });
    return true;
  };

const app = await start(JSON.parse(process.argv[2] ?? '{}') as Environment, () => undefined);
const { port } = (app.getHttpServer() as { address(): { readonly port: number } }).address();
process.send?.({ port });
