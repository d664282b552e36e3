import { StorageError } from '../../../core/error.js';
import type { ObjectInfo } from '../../../core/object.js';
import type { OperationOptions } from '../../../core/options.js';
import type {
  BeginUploadOptions,
  BegunUpload,
  CompleteUploadOptions,
  UploadedPart,
} from '../../../core/part-store.js';
import type { Rereadable } from '../../../core/rereadable.js';
import { classifyError } from '../errors.js';
import { S3PartStore } from './part-store.js';

/**
 * The uploads of puts. Who puts has named no upload that could be missing: that another process has ended it meanwhile, as a sweep
 * does, is CONFLICT, reason `upload`. It is told here, where only the server can have said so: what the body of a put fails with
 * keeps its code.
 */
export class PutStore extends S3PartStore {
  override begin(key: string, options: BeginUploadOptions): Promise<BegunUpload> {
    return ofPut(super.begin(key, options));
  }

  override putPart(
    key: string,
    uploadId: string,
    number: number,
    bytes: Uint8Array | Rereadable,
    options: OperationOptions,
  ): Promise<UploadedPart> {
    return ofPut(super.putPart(key, uploadId, number, bytes, options));
  }

  override complete(
    key: string,
    uploadId: string,
    parts: readonly UploadedPart[],
    options: CompleteUploadOptions,
  ): Promise<ObjectInfo> {
    return ofPut(super.complete(key, uploadId, parts, options));
  }
}

async function ofPut<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code, reason } = StorageError.is(error) ? error : classifyError(error);
    if (code !== 'NOT_FOUND' || reason !== 'upload') throw error;
    throw new StorageError('CONFLICT', 'The upload that was to become the object was aborted meanwhile', {
      ...{ reason: 'upload', cause: error },
    });
  }
}
