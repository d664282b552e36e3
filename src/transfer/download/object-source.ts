import { throwIfAborted } from '../../core/abort.js';
import { discard } from '../../core/body.js';
import { consume } from '../../core/consume.js';
import { StorageError } from '../../core/error.js';
import {
  CompositeChecksums,
  type CompositeChecksum,
  type CompositeOf,
} from '../../core/composite-checksums.js';
import type { LayeredBackend } from '../../core/layered-backend.js';
import type { ContentRange, ObjectContent, ObjectInfo } from '../../core/object.js';
import type { HeadOptions } from '../../core/options.js';
import { partCountOf } from '../../core/part-count.js';

/** An object that is read in pieces, all of which have to be of the same content. */
export class ObjectSource {
  constructor(
    private readonly backend: LayeredBackend,
    readonly key: string,
    private readonly options: Pick<HeadOptions, 'versionId'> & { readonly ifMatch?: string | undefined },
  ) {}

  /** Whether the object comes over a network, where several connections may bring more than one. */
  get isRemote(): boolean {
    return this.backend.kind !== 'local' && this.backend.kind !== 'memory';
  }

  /** Whether the caller wants just one content: then another one is no reason to begin anew. */
  get isFixed(): boolean {
    const { ifMatch } = this.options;
    return ifMatch !== undefined && ifMatch !== '*';
  }

  /** What there is now. @throws StorageError of the backend; PRECONDITION_FAILED when it is not what the caller wants. */
  async head(signal: AbortSignal | undefined): Promise<ObjectInfo> {
    const { versionId, ifMatch } = this.options;
    const info = await this.backend.head(this.key, { ...(versionId !== undefined && { versionId }), signal });
    if (this.isFixed && ifMatch?.replace(/^"(.*)"$/, '$1') !== info.etag)
      throw new StorageError('PRECONDITION_FAILED', 'The object has another ETag');
    return info;
  }

  /** All of the object, whichever it is now. */
  whole(signal: AbortSignal | undefined): Promise<ObjectContent> {
    return this.backend.get(this.key, { ...this.options, signal });
  }

  /** Whether it is worth asking for `composite`. */
  mayHaveComposite({ checksum, etag }: ObjectInfo): boolean {
    return !checksum && partCountOf(etag) > 0 && this.backend.capability(CompositeChecksums) !== undefined;
  }

  /** The checksums of parts that are all that the storage keeps of it. */
  async composite(info: ObjectInfo, signal: AbortSignal | undefined): Promise<CompositeChecksum | undefined> {
    return this.backend.capability(CompositeChecksums)?.find(this.key, this.meant(info), { signal });
  }

  /** The bytes of each of its parts. */
  async partSizes(
    info: ObjectInfo,
    parts: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly number[] | undefined> {
    return this.backend
      .capability(CompositeChecksums)
      ?.partSizes(this.key, this.meant(info), parts, { signal });
  }

  /** A version that nobody asked for is not asked for here either: that may need a permission of its own. The ETag tells enough. */
  private meant({ etag, size }: ObjectInfo): CompositeOf {
    return { etag, size, versionId: this.options.versionId };
  }

  /** Gives the bytes of `range` to `take`, when they are those of the object that `info` describes. */
  async read(
    info: ObjectInfo,
    range: ContentRange,
    signal: AbortSignal,
    take: (chunk: Uint8Array) => Promise<void> | void,
  ): Promise<void> {
    throwIfAborted(signal);
    const { versionId } = this.options;
    // RFC 9110, 13.1.1: a weak ETag matches no If-Match.
    const ifMatch = info.etag.startsWith('W/') ? undefined : info.etag;
    const content = await this.backend.get(this.key, {
      range,
      ...(ifMatch !== undefined && { ifMatch }),
      ...(versionId !== undefined && { versionId }),
      signal,
    });
    try {
      assertSame(content, info, range);
    } catch (error) {
      discard(content.body);
      throw error;
    }
    const expected = range.end - range.start + 1;
    let seen = 0;
    await this.consume(content, signal, (chunk) => {
      seen += chunk.byteLength;
      if (seen > expected) throw shortOrLong(`more than ${expected}`, expected);
      return take(chunk);
    });
    if (seen !== expected) throw shortOrLong(String(seen), expected);
  }

  /** Reads a body to its end. */
  consume(
    { body }: ObjectContent,
    signal: AbortSignal | undefined,
    take: (chunk: Uint8Array) => Promise<void> | void,
  ): Promise<void> {
    return consume(body, { signal, failure: (error) => this.backend.bodyError(error, this.key) }, take);
  }
}

/** Whether an error says that the object is not the one any more that was begun with. */
export function isChange(error: unknown): boolean {
  if (!StorageError.is(error) || error.reason === 'target') return false;
  return ['PRECONDITION_FAILED', 'NOT_FOUND', 'RANGE_NOT_SATISFIABLE'].includes(error.code);
}

/** @throws StorageError when `content` is of another object or another part of it than was asked for. */
function assertSame(content: ObjectContent, info: ObjectInfo, range: ContentRange): void {
  const { info: got, range: part } = content;
  if (got.etag !== info.etag || got.size !== info.size)
    throw new StorageError('PRECONDITION_FAILED', 'The object is another one by now', { reason: 'changed' });
  if (part?.start !== range.start || part.end !== range.end)
    throw new StorageError('INTEGRITY', 'Another range came than was asked for', { reason: 'range' });
}

function shortOrLong(seen: string, expected: number): StorageError {
  return new StorageError('INTEGRITY', `${seen} bytes came instead of ${expected}`, { reason: 'size' });
}
