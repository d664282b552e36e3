import type { Checksum } from '../../core/object.js';
import type { StoredFile } from './stored-file.js';

/** What the upload route answers for each file. */
export interface UploadedFileAnswer {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  readonly etag: string;
  readonly checksum?: Checksum | undefined;
  /** The name that its sender gave it. */
  readonly name: string;
  /** Where it is served. */
  readonly url: string;
}

/** `file` as the upload route answers it. */
export function uploadedFile(file: StoredFile, url: string): UploadedFileAnswer {
  const { key, size, contentType, etag, checksum, name } = file;
  return { key, size, contentType, etag, checksum, name, url };
}
