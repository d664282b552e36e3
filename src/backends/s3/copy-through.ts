import { discard } from '../../core/body.js';
import { StorageError } from '../../core/error.js';
import type { ObjectContent, ObjectInfo } from '../../core/object.js';
import type { CopyOptions } from '../../core/options.js';
import type { BeginUploadOptions, BegunUpload } from '../../core/part-store.js';
import type { TransferMemory } from '../../core/transfer-memory.js';
import { upload } from '../../transfer/upload/upload.js';
import type { S3Headers } from './calls.js';
import { changedSource } from './changed-source.js';
import type { LargeCopy } from './copy-in-parts.js';
import { classifyError } from './errors.js';
import { S3PartStore } from './multipart/part-store.js';
import type { PartStoreParts } from './multipart/part-store-parts.js';
import { etagOf } from './object-info.js';

/** Copies what is too large for one CopyObject where the server copies no parts: the bytes pass through this process. */
export class CopyThrough {
  constructor(
    private readonly parts: PartStoreParts,
    private readonly memory: () => TransferMemory,
  ) {}

  /**
   * One GET and the parts of an upload. The ETag of the source is a condition of the GET; its checksum, where the server tells
   * it, is compared before the object is made.
   * @throws StorageError as `upload`; INTEGRITY; PRECONDITION_FAILED, reason `changed`.
   */
  async copy({ from, to, source, headers }: LargeCopy, options: CopyOptions): Promise<ObjectInfo> {
    const { ifAbsent, signal } = options;
    const { info, body } = await this.read(from, etagOf(source), signal);
    let failure: unknown;
    body.once('error', (error) => (failure = error));
    const store = new CopyStore(this.parts, headers);
    const size = Number(source['content-length']);
    try {
      if (info.size !== size) throw changedSource(undefined);
      const { running } = this.parts;
      const tools = { memory: this.memory(), running, classify: classifyError };
      return await upload(store, to, body, { size, ifAbsent, signal }, tools);
    } catch (error) {
      // The engine calls it the body's failure: here it is one of the server.
      throw StorageError.is(error, 'ABORTED') && error.reason === 'body' && failure ? failure : error;
    } finally {
      discard(body);
    }
  }

  private async read(from: string, etag: string, signal: AbortSignal | undefined): Promise<ObjectContent> {
    try {
      const content = await this.parts.reader.get(from, { ifMatch: etag, signal });
      if (content.info.etag === etag) return content;
      discard(content.body);
    } catch (error) {
      const { code } = classifyError(error);
      throw code === 'NOT_FOUND' || code === 'PRECONDITION_FAILED' ? changedSource(error) : error;
    }
    throw changedSource(undefined);
  }
}

/** Begins uploads with the headers of a source, which options do not know all. */
class CopyStore extends S3PartStore {
  constructor(
    parts: PartStoreParts,
    private readonly headers: S3Headers,
  ) {
    super(parts);
  }

  override begin(key: string, { signal }: BeginUploadOptions): Promise<BegunUpload> {
    return this.beginWith(key, this.headers, signal);
  }
}
