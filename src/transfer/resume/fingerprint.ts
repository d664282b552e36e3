import { createHash } from 'node:crypto';
import { FileBody } from '../../core/file-body.js';

/** Bytes at each end of a file that are hashed. */
const END = 64 * 1024;

/**
 * What tells whether a source is still what it was. Of a file its size, its time and both ends: reading all of it would
 * take as long as the upload. No inode, which is another one after a restore or in another container. What of the file is
 * stored already is compared byte by byte when an upload goes on.
 */
export type Fingerprint =
  | {
      readonly kind: 'file';
      readonly size: number;
      readonly modifiedMs: number;
      /** SHA-256 of the first 64 KiB and the last ones, in hex. */
      readonly ends: string;
    }
  | { readonly kind: 'bytes'; readonly size: number; readonly sha256: string };

/** @throws StorageError of a file that cannot be read. */
export async function fingerprintOf(source: FileBody | Uint8Array): Promise<Fingerprint> {
  if (!(source instanceof FileBody)) {
    const sha256 = createHash('sha256').update(source).digest('hex');
    return { kind: 'bytes', size: source.byteLength, sha256 };
  }
  const { size, modifiedMs } = await source.state();
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(END, size));
  for (const position of [0, size - buffer.byteLength]) {
    await source.readInto(buffer, position);
    hash.update(buffer);
  }
  return { kind: 'file', size, modifiedMs, ends: hash.digest('hex') };
}

/** In which way a source has changed; undefined when it has not. */
export function changeOf(before: Fingerprint, now: Fingerprint): string | undefined {
  if (before.size !== now.size) return `it has ${now.size} bytes and had ${before.size}`;
  if (before.kind === 'file' && now.kind === 'file') {
    if (before.modifiedMs !== now.modifiedMs) return 'the file was written to: its time is another one';
    return before.ends === now.ends ? undefined : 'the file has another beginning or end';
  }
  if (before.kind === 'bytes' && now.kind === 'bytes')
    return before.sha256 === now.sha256 ? undefined : 'they are other bytes';
  return before.kind === 'file' ? 'it was a file' : 'it was bytes in memory';
}
