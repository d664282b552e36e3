import type { ByteRange } from '../../core/options.js';

const ONE_RANGE = /^bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i;

/**
 * The one range that a Range header asks for. Undefined for several ranges, other units and what is no
 * range: all of which a server may ignore, and answer with the whole object (RFC 9110, 14.2).
 */
export function parseByteRange(header: string | undefined): ByteRange | undefined {
  const found = header === undefined ? null : ONE_RANGE.exec(header);
  if (!found) return undefined;
  const [, first, last, suffix] = found;
  if (suffix !== undefined) return { suffix: bytes(suffix) };
  const start = bytes(first ?? '');
  if (last === undefined || last === '') return { start };
  const end = bytes(last);
  return end < start ? undefined : { start, end };
}

/** No object reaches what a number cannot count. */
function bytes(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}
