import { StorageError } from '../../../core/error.js';

/** Headers in the form that SigV4 signs. */
export interface CanonicalHeaders {
  /** `name:value\n` for each, sorted by name. */
  readonly lines: string;
  /** Their names, `;` between them. */
  readonly names: string;
}

/**
 * Headers that the SDK does not sign, because proxies change them or Node writes them itself. `proxy-…` and `sec-…` besides.
 * Source: https://github.com/smithy-lang/smithy-typescript/blob/main/packages/signature-v4/src/constants.ts
 */
const UNSIGNED: ReadonlySet<string> = new Set([
  ...['authorization', 'cache-control', 'connection', 'expect', 'from', 'keep-alive', 'max-forwards'],
  ...['pragma', 'referer', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'user-agent'],
  ...['x-amzn-trace-id'],
]);

const BEYOND_VISIBLE_ASCII = /[^!-~]/;
const BEYOND_ASCII = /[^\t -~]/;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\0-\x08\n-\x1f\x7f]/;

/**
 * `host` and `headers`, whose names are in lower case, in canonical form: sorted, values without spaces around them
 * and with single spaces inside. It sorts by insertion, so headers that come in order cost least.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (CanonicalHeaders)
 *
 * @param which `all`, or only `stable` ones, which arrive as they were sent
 * @throws StorageError INVALID_ARGUMENT for a value with a control character, which could end the header and begin
 * another; for one that is signed and not ASCII, since Node sends Latin-1 and servers compare UTF-8; for another `host`.
 */
export function canonicalHeaders(
  headers: Readonly<Record<string, string>>,
  host: string,
  which: 'all' | 'stable',
): CanonicalHeaders {
  const sorted = ['host'];
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
    if (name === 'host') {
      if (value !== host) refuse(name, 'is not the host that the request goes to');
    } else if (which === 'stable' && isUnsigned(name)) {
      if (CONTROL.test(value)) refuse(name, 'has a control character');
    } else {
      insert(sorted, name);
    }
  }
  let lines = '';
  let names = '';
  for (const name of sorted) {
    lines += `${name}:${canonicalValue(name, name === 'host' ? host : (headers[name] ?? ''))}\n`;
    names += names === '' ? name : `;${name}`;
  }
  return { lines, names };
}

function isUnsigned(name: string): boolean {
  return UNSIGNED.has(name) || name.startsWith('proxy-') || name.startsWith('sec-');
}

function insert(sorted: string[], name: string): void {
  let at = sorted.length;
  for (let before = sorted[at - 1]; before !== undefined && before > name; before = sorted[at - 1])
    sorted[at--] = before;
  sorted[at] = name;
}

function canonicalValue(name: string, value: string): string {
  if (!BEYOND_VISIBLE_ASCII.test(value)) return value;
  if (CONTROL.test(value)) refuse(name, 'has a control character');
  if (BEYOND_ASCII.test(value)) refuse(name, 'has a character beyond ASCII');
  return value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');
}

/** The value stays out of the message: it may be a secret. */
function refuse(name: string, why: string): never {
  throw new StorageError('INVALID_ARGUMENT', `The value of the header ${JSON.stringify(name)} ${why}`, {
    reason: 'header',
  });
}
