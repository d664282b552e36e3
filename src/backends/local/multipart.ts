import { throwIfAborted } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import { noUpload } from '../../core/no-upload.js';
import type { ObjectInfo } from '../../core/object.js';
import type { OperationOptions } from '../../core/options.js';
import type {
  BeginUploadOptions,
  BegunUpload,
  CompleteUploadOptions,
  ListPartsOptions,
  ListUploadsOptions,
  PartsPage,
  PartStore,
  PendingUpload,
  UploadedPart,
  UploadsPage,
} from '../../core/part-store.js';
import type { Rereadable } from '../../core/rereadable.js';
import { localKeyProblem } from './keys.js';
import type { Session } from './session.js';
import { StoredParts } from './stored-parts.js';
import { LOCAL_PART_LIMITS } from './uploads.js';

/** Entries of a page, as S3 gives them. */
const PAGE = 1000;

type Run = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

/** Uploads in parts on local disk. The id of an upload is kept with the object that comes of it, so there is no token. */
export class LocalMultipart implements PartStore {
  readonly partLimits = LOCAL_PART_LIMITS;

  constructor(
    private readonly read: Run,
    private readonly write: Run,
  ) {}

  keyProblem(key: string): string | undefined {
    return localKeyProblem(key);
  }

  async begin(key: string, options: BeginUploadOptions): Promise<BegunUpload> {
    return { key, uploadId: await this.write(({ uploads }) => uploads.begin(key, options)) };
  }

  async putPart(
    key: string,
    uploadId: string,
    number: number,
    bytes: Uint8Array | Rereadable,
    options: OperationOptions,
  ): Promise<UploadedPart> {
    return this.write(({ uploads }) => uploads.putPart(key, uploadId, number, bytes, options));
  }

  async complete(
    key: string,
    uploadId: string,
    parts: readonly UploadedPart[],
    options: CompleteUploadOptions,
  ): Promise<ObjectInfo> {
    return this.write(({ uploads }) => uploads.complete(key, uploadId, parts, options));
  }

  async abort(key: string, uploadId: string, options: OperationOptions): Promise<void> {
    return this.write(({ uploads }) => uploads.abort(key, uploadId, options));
  }

  async listParts(
    key: string,
    uploadId: string,
    { after = 0, signal }: ListPartsOptions,
  ): Promise<PartsPage> {
    throwIfAborted(signal);
    const page = await this.read(async ({ root, uploads }) => {
      await uploads.find(key, uploadId);
      return root.uploads.use(uploadId, async (directory) => {
        const names = (await root.disk.readdir(directory.at('.'))).map(({ name }) => name);
        const numbers = names.filter((name) => /^[1-9]\d{0,4}$/.test(name)).map(Number);
        const rest = numbers.filter((number) => number > after).sort((a, b) => a - b);
        const asked = rest.slice(0, PAGE);
        const stored = new StoredParts(root.disk, directory);
        const parts: UploadedPart[] = [];
        for (const number of asked) {
          throwIfAborted(signal);
          const part = await stored.find(number);
          if (part) parts.push({ number, size: part.size, etag: part.etag, checksum: part.checksum });
        }
        const next = rest.length > asked.length ? asked.at(-1) : undefined;
        return { parts, ...(next !== undefined && { next }) };
      });
    });
    if (!page) throw noUpload();
    return page;
  }

  async listUploads({ prefix = '', cursor = '', signal }: ListUploadsOptions): Promise<UploadsPage> {
    throwIfAborted(signal);
    if (!/^([0-9a-f]{32})?$/.test(cursor))
      throw new StorageError('INVALID_ARGUMENT', 'The cursor is not one that a list returned', {
        reason: 'cursor',
      });
    return this.read(async ({ root }) => {
      const found: PendingUpload[] = [];
      for (const uploadId of await root.uploads.ids()) {
        throwIfAborted(signal);
        if (uploadId <= cursor) continue;
        const record = await root.uploads.read(uploadId);
        if (!record?.key.startsWith(prefix)) continue;
        // One more than a page has tells that there is another page.
        const last = found.at(-1);
        if (last && found.length === PAGE) return { uploads: found, cursor: last.uploadId };
        found.push({ key: record.key, uploadId, initiated: new Date(record.initiated) });
      }
      return { uploads: found };
    });
  }
}
