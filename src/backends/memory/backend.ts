import { Readable } from 'node:stream';
import { types } from 'node:util';
import { crc32 } from 'node:zlib';
import { throwIfAborted } from '../../core/abort.js';
import type { Body, ErrorClass, StorageBackend } from '../../core/backend.js';
import { toBytes } from '../../core/body.js';
import type { CapabilityType } from '../../core/capability.js';
import { checkRead, checkWrite } from '../../core/conditions.js';
import { crc32Checksum } from '../../core/checksum.js';
import { StorageError } from '../../core/error.js';
import { addressProblem } from '../../core/key.js';
import { MultipartUploads } from '../../core/multipart-uploads.js';
import type { ContentHeaders, ListPage, ObjectContent, ObjectInfo } from '../../core/object.js';
import type {
  CopyOptions,
  DeleteOptions,
  GetOptions,
  HeadOptions,
  ListOptions,
  PutOptions,
} from '../../core/options.js';
import { pageOf } from '../../core/page.js';
import { resolveRange } from '../../core/range.js';
import { compareUtf8 } from '../../core/utf8.js';
import { MemoryParts } from './parts.js';

interface Stored {
  readonly info: ObjectInfo;
  readonly bytes: Buffer;
  /** Of the upload in parts that it came of. */
  readonly uploadId?: string | undefined;
}

/** Keeps objects in memory: the model of what every backend does, and what tests use. */
export class MemoryBackend implements StorageBackend {
  readonly kind = 'memory';
  private readonly objects = new Map<string, Stored>();
  private sorted: readonly string[] | undefined;
  private writes = 0;
  private readonly uploads = new MultipartUploads(
    new MemoryParts({
      check: (key, conditions) => this.check(key, conditions),
      store: (key, bytes, kept, uploadId) => this.store(key, bytes, kept, uploadId),
      made: (key, uploadId) => {
        const stored = this.objects.get(key);
        return stored?.uploadId === uploadId ? copyOf(stored.info) : undefined;
      },
    }),
  );

  async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const { signal, size, ifAbsent, ifMatch } = options;
    this.check(key, options);
    const bytes = Buffer.from(await toBytes(body, { signal, size }));
    throwIfAborted(signal);
    this.check(key, { ifAbsent, ifMatch });
    return this.store(key, bytes, options);
  }

  async get(key: string, options: GetOptions): Promise<ObjectContent> {
    const { info, bytes } = this.find(key);
    checkRead(options, info.etag);
    const range = options.range && resolveRange(options.range, info.size);
    const part = range ? bytes.subarray(range.start, range.end + 1) : bytes;
    return Promise.resolve({ info: copyOf(info), body: streamOf(part), ...(range && { range }) });
  }

  async head(key: string, _options: HeadOptions): Promise<ObjectInfo> {
    return Promise.resolve(copyOf(this.find(key).info));
  }

  async delete(key: string, options: DeleteOptions): Promise<void> {
    this.check(key, options);
    this.objects.delete(key);
    this.sorted = undefined;
    return Promise.resolve();
  }

  async list(options: ListOptions): Promise<ListPage> {
    this.sorted ??= [...this.objects.keys()].sort(compareUtf8);
    return Promise.resolve(pageOf(this.sorted, options, (key) => listed(this.find(key).info)));
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<ObjectInfo> {
    const { info, bytes } = this.find(from);
    checkRead({ ifMatch: options.ifMatch }, info.etag);
    this.check(to, { ifAbsent: options.ifAbsent });
    return Promise.resolve(this.store(to, bytes, options.replace ?? info));
  }

  errorCode(error: unknown): ErrorClass {
    return { code: 'UNKNOWN', reason: types.isNativeError(error) ? error.name : typeof error };
  }

  keyProblem(key: string): string | undefined {
    return addressProblem(key);
  }

  capability<T extends object>(type: CapabilityType<T>): T | undefined {
    const uploads: object = this.uploads;
    return uploads instanceof type ? uploads : undefined;
  }

  private store(
    key: string,
    bytes: Buffer,
    kept: ContentHeaders & Pick<ObjectInfo, 'metadata'>,
    uploadId?: string,
  ): ObjectInfo {
    const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage } = kept;
    const info: ObjectInfo = {
      ...{ contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage },
      key,
      size: bytes.length,
      lastModified: new Date(),
      etag: (++this.writes).toString(16).padStart(16, '0'),
      checksum: crc32Checksum(crc32(bytes)),
      metadata: kept.metadata ?? {},
    };
    this.objects.set(key, { info, bytes, uploadId });
    this.sorted = undefined;
    return copyOf(info);
  }

  private check(key: string, conditions: Pick<PutOptions, 'ifAbsent' | 'ifMatch'>): void {
    checkWrite(conditions, this.objects.get(key)?.info.etag);
  }

  private find(key: string): Stored {
    const stored = this.objects.get(key);
    if (!stored) throw new StorageError('NOT_FOUND', 'There is no such object');
    return stored;
  }
}

function streamOf(bytes: Buffer): Readable {
  // A copy, so that a reader that writes into a chunk does not change the object.
  return Readable.from(bytes.length === 0 ? [] : [Buffer.from(bytes)], { objectMode: false });
}

/** A caller that changes what it got does not change the object. */
function copyOf(info: ObjectInfo): ObjectInfo {
  return { ...info, lastModified: new Date(info.lastModified), metadata: { ...info.metadata } };
}

function listed({ key, size, lastModified, etag }: ObjectInfo): ObjectInfo {
  return { key, size, lastModified: new Date(lastModified), etag };
}
