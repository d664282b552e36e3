import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { throwIfAborted } from '../../../core/abort.js';
import type { ObjectInfo } from '../../../core/object.js';
import type { OperationOptions } from '../../../core/options.js';
import type {
  BeginUploadOptions,
  BegunUpload,
  CompleteUploadOptions,
  ListPartsOptions,
  ListUploadsOptions,
  PartLimits,
  PartsPage,
  PartStore,
  UploadConditions,
  UploadedPart,
  UploadsPage,
} from '../../../core/part-store.js';
import type { Rereadable } from '../../../core/rereadable.js';
import { assertKeptMetadata } from '../assert-kept-metadata.js';
import type { S3Headers } from '../calls.js';
import { inTurn } from '../in-turn.js';
import { UPLOAD_TOKEN } from '../metadata.js';
import { headersOf } from '../object-info.js';
import { abortUpload } from './abort-upload.js';
import { Completion } from './completion.js';
import { ofUpload } from './no-such-upload.js';
import { checksumOfPart, kindOf, partOf } from './part-checksums.js';
import type { PartStoreParts } from './part-store-parts.js';
import { storedPart } from './stored-part.js';
import { UploadLister } from './upload-lister.js';

/** Uploads in parts of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
export class S3PartStore implements PartStore {
  readonly partLimits: PartLimits;
  private readonly completion: Completion;
  private readonly lister: UploadLister;

  constructor(private readonly parts: PartStoreParts) {
    const { profile, calls } = parts;
    const { minPart, maxPart, maxParts, maxObject, equalParts } = profile;
    this.partLimits = { minPart, maxPart, maxParts, maxObject, equalParts };
    this.completion = new Completion(parts);
    this.lister = new UploadLister(calls.uploads, profile.listUploadsByPrefix, maxParts);
  }

  /** What a log shows of MultipartUploads: nothing that leads to the keys. */
  [inspect.custom](): string {
    return 'S3PartStore {}';
  }

  keyProblem(key: string): string | undefined {
    return this.parts.keyProblem(key);
  }

  async checkConditions(key: string, options: UploadConditions): Promise<void> {
    this.parts.assertOpen();
    throwIfAborted(options.signal);
    return this.completion.checkConditions(key, options);
  }

  async begin(key: string, options: BeginUploadOptions): Promise<BegunUpload> {
    this.parts.assertOpen();
    throwIfAborted(options.signal);
    assertKeptMetadata(this.parts.profile, options.metadata);
    return this.beginWith(key, headersOf(options), options.signal, options.signedParts);
  }

  async putPart(
    key: string,
    uploadId: string,
    number: number,
    bytes: Uint8Array | Rereadable,
    { signal }: OperationOptions,
  ): Promise<UploadedPart> {
    const { calls, checksum, tries, assertOpen } = this.parts;
    assertOpen();
    throwIfAborted(signal);
    const body = inTurn(bytes);
    const sum = await checksumOfPart(checksum, body, signal);
    const call = { key, uploadId, number, headers: sum?.headers ?? {}, body, signal };
    return ofUpload(() =>
      tries.run(
        async () => storedPart(number, body.byteLength, await calls.uploads.putPart(call), sum?.checksum),
        signal,
      ),
    );
  }

  async listParts(
    key: string,
    uploadId: string,
    { after = 0, signal }: ListPartsOptions,
  ): Promise<PartsPage> {
    this.parts.assertOpen();
    throwIfAborted(signal);
    const { calls } = this.parts;
    const { parts, next } = await ofUpload(() => calls.uploads.listParts({ key, uploadId, after, signal }));
    return this.lister.partsPage(parts.map(partOf), after, next);
  }

  async complete(
    key: string,
    uploadId: string,
    parts: readonly UploadedPart[],
    options: CompleteUploadOptions,
  ): Promise<ObjectInfo> {
    this.parts.assertOpen();
    throwIfAborted(options.signal);
    return this.completion.complete({ key, uploadId, parts }, options);
  }

  async abort(key: string, uploadId: string, { signal }: OperationOptions): Promise<void> {
    this.parts.assertOpen();
    throwIfAborted(signal);
    return abortUpload(this.parts.calls.uploads, { key, uploadId, signal });
  }

  async listUploads(options: ListUploadsOptions): Promise<UploadsPage> {
    this.parts.assertOpen();
    throwIfAborted(options.signal);
    return this.lister.list(options);
  }

  /** @param kept The headers of what is kept with the object. */
  protected async beginWith(
    key: string,
    kept: S3Headers,
    signal: AbortSignal | undefined,
    signedParts = false,
  ): Promise<BegunUpload> {
    const { calls, profile, checksum } = this.parts;
    const token = randomUUID();
    // MinIO refuses a part without the checksum that its upload asked for: 400.
    const kind = signedParts ? {} : kindOf(profile, checksum);
    const headers = { ...kept, [UPLOAD_TOKEN]: token, ...kind };
    const { uploadId } = await calls.uploads.create({ key, headers, signal });
    return { key, uploadId, token };
  }
}
