import { createHash } from 'node:crypto';
import { StorageError } from '../../core/error.js';

const MARK = 'nestjs-stowage';
/** More is no record of ours: 10,000 parts have 2 MiB. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What the first line of a record says of the second one. */
interface Seal {
  readonly [MARK]: string;
  readonly version: number;
  readonly sha256: string;
}

/** `value` as the bytes of a record: a line that says what the second one is, so that half of it is not taken for all. */
export function sealRecord(kind: string, version: number, value: object): Buffer {
  const text = JSON.stringify(value);
  const seal: Seal = { [MARK]: kind, version, sha256: sha256(text) };
  return Buffer.from(`${JSON.stringify(seal)}\n${text}\n`);
}

/**
 * What `sealRecord` made bytes of.
 * @throws StorageError INTEGRITY, reason `record`, for bytes that are cut, changed, or something else; UNSUPPORTED, reason
 * `record-version`, for a record of another version of this package.
 */
export function openRecord(kind: string, version: number, id: string, bytes: Uint8Array): unknown {
  const broken = (why: string) =>
    new StorageError('INTEGRITY', `The record ${id} ${why}`, { reason: 'record' });
  if (bytes.byteLength > MAX_BYTES) throw broken(`has ${bytes.byteLength} bytes, too many for one`);
  const [first = '', text = '', rest] = Buffer.from(bytes).toString('utf8').split('\n', 3);
  const seal = parse(first) as Partial<Seal> | undefined;
  if (seal?.[MARK] === undefined) throw broken('is no record of a transfer');
  if (seal[MARK] !== kind) throw broken(`is that of another thing: ${JSON.stringify(seal[MARK])}`);
  if (seal.version !== version)
    throw new StorageError(
      'UNSUPPORTED',
      `The record ${id} has the version ${String(seal.version)}, this package reads ${version}`,
      { reason: 'record-version' },
    );
  if (rest !== '' || seal.sha256 !== sha256(text)) throw broken('is damaged');
  return parse(text);
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
