import { MIN_SECRET } from '../backends/local/min-secret.js';
import { hasControlCharacter } from '../core/control-character.js';

/** What values a variable takes. */
export interface Kind<T> {
  /** The value of `text`, which is trimmed and not empty, or undefined when it is not allowed. */
  readonly parse: (text: string) => T | undefined;
  /** What is allowed, to end the sentence "pass …". */
  readonly allowed: string;
}

/** Where a server is. Whether by TLS is known when the text began with a scheme. */
export interface Endpoint {
  /** Host and port. */
  readonly host: string;
  readonly secure: boolean | undefined;
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** One of `words`, as they are written. */
export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  const last = words.at(-1) ?? '';
  const allowed = words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${last}` : last;
  return { parse: (text) => words.find((word) => word === text), allowed };
}

/** Decimal digits, from `min` to `max`. */
export function integer(min: number, max: number, unit: string): Kind<number> {
  const parse = (text: string): number | undefined => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
  };
  return { parse, allowed: `a whole number of ${unit} from ${min} to ${max}` };
}

/** `true`, `false`, `1` or `0`. */
export const flag: Kind<boolean> = {
  parse: (text) => FLAGS.get(text.toLowerCase()),
  allowed: 'true or false',
};

/** Any text without control characters. */
export function text(allowed: string): Kind<string> {
  return { parse: (value) => (hasControlCharacter(value) ? undefined : value), allowed };
}

/** What signs URLs: too long to be tried out. */
export const signingSecret: Kind<string> = {
  parse: (value) => (value.length < MIN_SECRET || hasControlCharacter(value) ? undefined : value),
  allowed: `${MIN_SECRET} characters or more; \`openssl rand -hex 32\` makes one`,
};

/** `host`, `host:port`, or either after `http://` or `https://`. */
export const endpoint: Kind<Endpoint> = {
  parse: (value) => {
    const [, scheme, host] = /^(?:(https?):\/\/)?([^/?#@\\\s]+)\/?$/i.exec(value) ?? [];
    if (host === undefined || !URL.canParse(`http://${host}`)) return undefined;
    return { host, secure: scheme === undefined ? undefined : scheme.toLowerCase() === 'https' };
  },
  allowed: 'http://host:port or https://host:port, without credentials or path; host:port alone means TLS',
};

/** What becomes a part of host names, and so a label of one: RFC 1123, 2.1. */
export const region: Kind<string> = {
  parse: (value) => (/^(?!-)[a-z0-9-]{1,63}(?<!-)$/i.test(value) ? value : undefined),
  allowed: 'a region: letters, digits and hyphens',
};

/** An absolute http(s) URL. It is given without a slash at its end. */
export const webUrl: Kind<string> = {
  parse: (value) => {
    if (!/^https?:\/\/[^@?#\s]+$/i.test(value) || !URL.canParse(value)) return undefined;
    return new URL(value).href.replace(/\/+$/, '');
  },
  allowed: 'a URL that begins with http:// or https://, without credentials, query or fragment',
};

/**
 * A bucket, or the ARN of an access point. Wider than the rules for new buckets, because old ones and other servers
 * have upper case and underscores: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export const bucket: Kind<string> = {
  parse: (value) => (/^(?:[A-Za-z0-9][A-Za-z0-9._-]{2,254}|arn:[^\s]+)$/.test(value) ? value : undefined),
  allowed: 'the name of a bucket: 3 or more letters, digits, dots, hyphens and underscores',
};

/** What S3_BUCKET_<NAME> holds: which of the two it is depends on S3_BUCKET. */
export const bucketOrPrefix: Kind<string> = text(
  'the name of a bucket, or with S3_BUCKET a key prefix in it',
);
