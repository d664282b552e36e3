import { StorageError } from './error.js';

/** What it means that content came with another length than was told. */
export function otherSize(received: number, size: number): StorageError {
  return new StorageError('INTEGRITY', `It has ${received} bytes instead of ${size}`, { reason: 'size' });
}

/** What it means that content has another checksum than is kept of it. @param name `crc32`, `sha256` … */
export function otherChecksum(name: string): StorageError {
  const what = `Its ${name} is another than the server keeps`;
  return new StorageError('INTEGRITY', what, { reason: 'checksum' });
}
