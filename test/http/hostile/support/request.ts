import type { SignedTarget } from './world.js';
import type { Wire } from './wire.js';

/** Several values of one name are several lines. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** A request as bytes: nothing of it is checked or changed. A header that is given replaces one that would be there. */
export function request(
  method: string,
  target: string,
  headers: Headers = {},
  body?: string | Buffer,
): Wire & { readonly label: string } {
  const all = merged({ Host: 'files.example.com', Connection: 'close' }, headers);
  const isFramed = ['content-length', 'transfer-encoding'].some((name) => all.has(name));
  if (body !== undefined && !isFramed)
    all.set('content-length', ['Content-Length', String(Buffer.byteLength(body))]);
  const lines = [...all.values()].flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}\r\n`),
  );
  return {
    label: `${method} ${target}`,
    bytes: [
      Buffer.from(`${method} ${target} HTTP/1.1\r\n`),
      // A character of a header is a byte.
      Buffer.from(`${lines.join('')}\r\n`, 'latin1'),
      ...(body === undefined || body.length === 0 ? [] : [body]),
    ],
  };
}

type Lines = Map<string, readonly [name: string, values: string | readonly string[]]>;

/** The last of each name, however it is written. */
function merged(...all: readonly Headers[]): Lines {
  const lines: Lines = new Map();
  for (const headers of all)
    for (const [name, values] of Object.entries(headers)) lines.set(name.toLowerCase(), [name, values]);
  return lines;
}

/** A request of the user `ann`. */
export const asAnn = (method: string, target: string, headers: Headers = {}, body?: string | Buffer): Wire =>
  request(method, target, { 'X-User': 'ann', ...headers }, body);

/** A POST of JSON. */
export const post = (target: string, body: unknown, headers: Headers = {}): Wire =>
  asAnn(
    'POST',
    target,
    { 'Content-Type': 'application/json', ...headers },
    typeof body === 'string' ? body : JSON.stringify(body),
  );

/** The request that a signed URL is for, or another one with what of it differs. */
export function signed(
  { target, host, headers, port }: SignedTarget,
  method: string,
  other: { readonly headers?: Headers; readonly body?: string | Buffer } = {},
): Wire {
  return {
    ...request(
      method,
      target,
      Object.fromEntries(merged({ Host: host }, headers, other.headers ?? {}).values()),
      other.body,
    ),
    port,
  };
}
