import type { ObjectInfo } from '../core/object.js';
import type { StoredExpectation } from './expectation.js';

const SHOWN = 200;

/** Lines that say how an object differs from what was expected; none when it does not. */
export function differences(expected: StoredExpectation, info: ObjectInfo, content: Buffer): string[] {
  const lines: string[] = [];
  const compare = (what: string, wanted: unknown, actual: unknown) => {
    if (wanted === undefined || wanted === actual) return;
    lines.push(`- ${what}: ${show(wanted)}`, `+ ${what}: ${show(actual)}`);
  };
  compare('contentType', expected.contentType, info.contentType);
  compare('size', expected.size, info.size);
  compare('text', expected.text, expected.text === undefined ? undefined : content.toString());
  for (const [name, value] of Object.entries(expected.metadata ?? {})) {
    compare(`metadata ${name}`, value, info.metadata?.[name]);
  }
  if (expected.bytes && !content.equals(expected.bytes)) {
    lines.push(`- bytes: ${hex(expected.bytes)}`, `+ bytes: ${hex(content)}`);
  }
  return lines;
}

function show(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  return value.length > SHOWN
    ? `${JSON.stringify(value.slice(0, SHOWN))} … (${value.length} characters)`
    : JSON.stringify(value);
}

function hex(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 32)).toString('hex');
  return bytes.length > 32 ? `${start} … (${bytes.length} bytes)` : `${start} (${bytes.length} bytes)`;
}
