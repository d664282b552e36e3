import type { FileScanner, ServedStorageOptions, StorageHttpOperation } from '../http/index.js';

const MIB = 1024 * 1024;
const OFFICE = 'application/vnd.openxmlformats-officedocument';
const OPERATIONS: readonly StorageHttpOperation[] = ['upload', 'get', 'list', 'delete', 'presign', 'tus'];

/** The storages of the server. */
export const STORAGE_NAMES = ['documents', 'audio', 'images'] as const;

/** No user's name begins with it, so no scope is below it. */
const PENDING = '_pending/';

/**
 * How each storage is served.
 * @param cap Bytes that no file may exceed. Default: none.
 * @param scanner Scans each file. Default: none.
 * @param isSealing Whether there is a secret, by which uploads may go past the server. Default: false.
 */
export function served(
  cap = Infinity,
  scanner?: FileScanner,
  isSealing = false,
): Record<(typeof STORAGE_NAMES)[number], ServedStorageOptions> {
  const rules = (mib: number, types: readonly string[]): ServedStorageOptions => ({
    operations: isSealing ? [...OPERATIONS, 'direct'] : OPERATIONS,
    pendingPrefix: PENDING,
    maxSize: Math.min(mib * MIB, cap),
    types,
    scanner,
  });
  return {
    documents: rules(50, [
      'application/pdf',
      'application/msword',
      'application/vnd.ms-excel',
      'application/vnd.ms-powerpoint',
      `${OFFICE}.wordprocessingml.document`,
      `${OFFICE}.spreadsheetml.sheet`,
      `${OFFICE}.presentationml.presentation`,
      'application/vnd.oasis.opendocument.text',
      'application/vnd.oasis.opendocument.spreadsheet',
      'application/vnd.oasis.opendocument.presentation',
      'application/rtf',
      'text/plain',
      'text/markdown',
      'text/csv',
      'application/json',
    ]),
    audio: rules(200, ['audio/*']),
    images: rules(20, ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif']),
  };
}
