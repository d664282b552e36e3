import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';

/** Where `npm run build:page` puts it. */
const FOLDER = fileURLToPath(new URL('../page/', import.meta.url));

/** Nothing of others is loaded. Uppy sets styles of elements, and shows pictures that are not uploaded yet. */
const POLICY = [
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:",
  "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
].join('; ');

/** Serves the page on which the server can be tried, at `/`, where it is built. */
export function servePage(app: NestExpressApplication, folder = FOLDER): void {
  if (!existsSync(join(folder, 'index.html'))) return;
  app.useStaticAssets(folder, { setHeaders });
}

function setHeaders(response: ServerResponse, path: string): void {
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  // What Vite puts there has names that change with what is in it.
  const lasting = basename(dirname(path)) === 'assets';
  response.setHeader('Cache-Control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
}
