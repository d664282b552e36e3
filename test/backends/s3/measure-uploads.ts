import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { ProviderProfile } from '../../../src/backends/s3/profile.js';
import { MIB } from '../../support/bodies.js';
import { statusOf } from './status-of.js';

const WRONG = '"00000000000000000000000000000000"';

/** What of a profile a server shows by itself of uploads in parts. */
export type MeasuredUploads = Pick<
  ProviderProfile,
  | 'minPart'
  | 'maxParts'
  | 'equalParts'
  | 'multipartCopy'
  | 'completeIfAbsent'
  | 'completeIfMatch'
  | 'partChecksum'
  | 'fullObjectChecksum'
  | 'refusesNoUpload'
  | 'listUploadsByPrefix'
>;

type Create = Partial<CreateMultipartUploadCommandInput>;
type Complete = Partial<ConstructorParameters<typeof CompleteMultipartUploadCommand>[0]>;

/** Tries every field out with the SDK, so that nothing of ours decides what is right. */
export class UploadMeter {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  async measure(): Promise<MeasuredUploads> {
    return {
      minPart: await this.minPart(),
      maxParts: await this.maxParts(),
      equalParts: await this.equalParts(),
      multipartCopy: await this.multipartCopy(),
      completeIfAbsent: await this.completeIfAbsent(),
      completeIfMatch: await this.completeIfMatch(),
      partChecksum: await this.partChecksum(),
      fullObjectChecksum: await this.fullObjectChecksum(),
      refusesNoUpload: await this.refusesNoUpload(),
      listUploadsByPrefix: await this.listUploadsByPrefix(),
    };
  }

  /** The smaller of two sizes of a part that is not the last one. */
  private async minPart(): Promise<number> {
    for (const size of [1, 5 * MIB]) {
      const parts = [Buffer.alloc(size, 1), Buffer.alloc(1)];
      if ((await statusOf(this.upload('min-part', parts))) === 200) return size;
    }
    throw new Error('Parts of 5 MiB are refused');
  }

  /** Some take more than they can complete. */
  private async maxParts(): Promise<number> {
    const id = await this.create('max-parts');
    const last = await statusOf(this.part('max-parts', id, 10_000, Buffer.from('x')));
    await this.abort('max-parts', id);
    return last === 200 ? 10_000 : NaN;
  }

  private async equalParts(): Promise<boolean> {
    const parts = [5, 6, 1].map((size) => Buffer.alloc(size * MIB, size));
    return (await statusOf(this.upload('unequal', parts))) !== 200;
  }

  private async multipartCopy(): Promise<boolean> {
    const bytes = randomBytes(6 * MIB);
    const place = { Bucket: this.bucket };
    await this.client.send(new PutObjectCommand({ ...place, Key: 'whole', Body: bytes }));
    const UploadId = await this.create('parts-copied');
    const copy = (PartNumber: number, CopySourceRange: string) =>
      this.client.send(
        new UploadPartCopyCommand({
          ...place,
          ...{ Key: 'parts-copied', UploadId, PartNumber, CopySourceRange },
          CopySource: `${this.bucket}/whole`,
        }),
      );
    const parts: CompletedPart[] = [];
    try {
      for (const [number, range] of [
        [1, `bytes=0-${5 * MIB - 1}`],
        [2, `bytes=${5 * MIB}-${6 * MIB - 1}`],
      ] as const) {
        const { CopyPartResult } = await copy(number, range);
        parts.push({ PartNumber: number, ETag: CopyPartResult?.ETag });
      }
    } catch {
      await this.abort('parts-copied', UploadId);
      return false;
    }
    await this.complete('parts-copied', UploadId, parts);
    const command = new HeadObjectCommand({ ...place, Key: 'parts-copied' });
    return (await this.client.send(command)).ContentLength === bytes.length;
  }

  private async completeIfAbsent(): Promise<boolean> {
    const IfNoneMatch = '*';
    const one = () => statusOf(this.upload('once', [Buffer.from('one')], {}, { IfNoneMatch }));
    return (await one()) === 200 && (await one()) === 412;
  }

  private async completeIfMatch(): Promise<boolean> {
    await this.upload('match', [Buffer.from('one')]);
    const { ETag } = await this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: 'match' }));
    const next = (IfMatch: string | undefined) =>
      statusOf(this.upload('match', [Buffer.from('two')], {}, { IfMatch }));
    return (await next(WRONG)) === 412 && (await next(ETag)) === 200;
  }

  /** Whether a wrong one is refused, a right one comes back, and Complete compares them. */
  private async partChecksum(): Promise<boolean> {
    const key = 'part-sums';
    const bytes = Buffer.from('measured');
    const UploadId = await this.create(key, { ChecksumAlgorithm: 'CRC32' });
    const place = { Bucket: this.bucket, Key: key, UploadId };
    const part = (ChecksumCRC32: string) =>
      this.client.send(new UploadPartCommand({ ...place, PartNumber: 1, Body: bytes, ChecksumCRC32 }));
    try {
      if ((await statusOf(part(sumOf(Buffer.from('otherwise'))))) < 400) return false;
      const { ETag, ChecksumCRC32 } = await part(sumOf(bytes));
      const listed = (await this.client.send(new ListPartsCommand(place))).Parts?.[0]?.ChecksumCRC32;
      if (ChecksumCRC32 !== sumOf(bytes) || listed !== ChecksumCRC32) return false;
      const wrong = { PartNumber: 1, ETag, ChecksumCRC32: sumOf(Buffer.from('otherwise')) };
      if ((await statusOf(this.complete(key, UploadId, [wrong]))) < 400) return false;
      return (await statusOf(this.complete(key, UploadId, [{ ...wrong, ChecksumCRC32 }]))) === 200;
    } finally {
      await this.abort(key, UploadId);
    }
  }

  /** Whether the CRC-32 of the whole object can be given at the end, is compared, and kept. */
  private async fullObjectChecksum(): Promise<boolean> {
    const key = 'whole-sum';
    const bytes = [Buffer.alloc(5 * MIB, 1), Buffer.from('end')];
    const kind = { ChecksumType: 'FULL_OBJECT' } as const;
    const send = (ChecksumCRC32: string) =>
      statusOf(
        this.upload(key, bytes, { ChecksumAlgorithm: 'CRC32', ...kind }, { ...kind, ChecksumCRC32 }, true),
      );
    if ((await send(sumOf(Buffer.from('otherwise')))) === 200) return false;
    if ((await send(sumOf(Buffer.concat(bytes)))) !== 200) return false;
    const head = new HeadObjectCommand({ Bucket: this.bucket, Key: key, ChecksumMode: 'ENABLED' });
    return (await this.client.send(head)).ChecksumCRC32 === sumOf(Buffer.concat(bytes));
  }

  private async refusesNoUpload(): Promise<boolean> {
    const key = 'no-upload';
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: 'there' }));
    const id = await this.create(key);
    const { ETag } = await this.part(key, id, 1, Buffer.from('part'));
    await this.abort(key, id);
    return (await statusOf(this.complete(key, id, [{ PartNumber: 1, ETag }]))) === 404;
  }

  private async listUploadsByPrefix(): Promise<'any' | 'exact-key'> {
    const id = await this.create('uploads/one');
    const list = new ListMultipartUploadsCommand({ Bucket: this.bucket, Prefix: 'uploads/' });
    const { Uploads = [] } = await this.client.send(list);
    await this.abort('uploads/one', id);
    return Uploads.some(({ UploadId }) => UploadId === id) ? 'any' : 'exact-key';
  }

  /** A whole upload, which is aborted when it fails. */
  private async upload(
    key: string,
    bodies: readonly Buffer[],
    create: Create = {},
    complete: Complete = {},
    sums = false,
  ): Promise<void> {
    const id = await this.create(key, create);
    try {
      const parts: CompletedPart[] = [];
      for (const [at, body] of bodies.entries()) {
        const { ETag } = await this.part(key, id, at + 1, body, sums);
        parts.push({ PartNumber: at + 1, ETag, ...(sums && { ChecksumCRC32: sumOf(body) }) });
      }
      await this.complete(key, id, parts, complete);
    } catch (error) {
      await this.abort(key, id);
      throw error;
    }
  }

  private async create(Key: string, rest: Create = {}): Promise<string> {
    const command = new CreateMultipartUploadCommand({ Bucket: this.bucket, Key, ...rest });
    return (await this.client.send(command)).UploadId ?? '';
  }

  private part(Key: string, UploadId: string, PartNumber: number, Body: Buffer, sums = false) {
    const sum = sums ? { ChecksumCRC32: sumOf(Body) } : {};
    return this.client.send(
      new UploadPartCommand({ Bucket: this.bucket, Key, UploadId, PartNumber, Body, ...sum }),
    );
  }

  private complete(Key: string, UploadId: string, Parts: CompletedPart[], rest: Complete = {}) {
    return this.client.send(
      new CompleteMultipartUploadCommand({
        ...rest,
        ...{ Bucket: this.bucket, Key, UploadId, MultipartUpload: { Parts } },
      }),
    );
  }

  private async abort(Key: string, UploadId: string): Promise<void> {
    await statusOf(this.client.send(new AbortMultipartUploadCommand({ Bucket: this.bucket, Key, UploadId })));
  }
}

function sumOf(bytes: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}
