import 'reflect-metadata';
import type { Environment } from '../../../src/app/app.module.js';
import { createApp } from '../../../src/app/create-app.js';

/** What the reference server is started with. */
export interface PageServerConfig {
  readonly env: Environment;
  /** Where its page is, built. */
  readonly page: string;
}

// What it logs is looked at elsewhere.
process.stdout.write = () => true;

const { env, page } = JSON.parse(process.argv[2] ?? '{}') as PageServerConfig;
const app = await createApp(env, page);
await app.listen(0, '127.0.0.1');
const { port } = app.getHttpServer().address() as { readonly port: number };
process.send?.({ port });
