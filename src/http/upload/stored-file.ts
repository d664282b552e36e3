import type { Checksum, ObjectInfo } from '../../core/object.js';

/** An uploaded file that is stored. Nest's file pipes and validators take it, but there is no `buffer`. */
export interface StoredFile {
  /** The name of the storage. */
  readonly storage: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** The media type that it is stored with. */
  readonly contentType: string;
  readonly etag: string;
  readonly checksum?: Checksum | undefined;
  /** The name that its sender gave it, without a path, control and direction characters. Never a part of the key. */
  readonly name: string;
  /** The field of the form; empty when it came to a signed URL. */
  readonly fieldname: string;
  /** `name`, as multer calls it. */
  readonly originalname: string;
  /** `contentType`, as multer calls it. */
  readonly mimetype: string;
}

/** What the application is told of `object`. */
export function storedFile(
  storage: string,
  { key, size, etag, checksum }: ObjectInfo,
  {
    name,
    contentType,
    field,
  }: { readonly name: string; readonly contentType: string; readonly field: string },
): StoredFile {
  return {
    ...{ storage, key, size, contentType, etag, checksum, name },
    ...{ fieldname: field, originalname: name, mimetype: contentType },
  };
}
