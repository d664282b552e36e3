import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { S3Answer, S3ObjectCall } from '../calls.js';
import { copySource } from '../copy-source.js';
import type { ProviderProfile } from '../profile.js';
import type {
  S3CompleteCall,
  S3CompletedAnswer,
  S3CopiedPart,
  S3CopyPartCall,
  S3ListPartsCall,
  S3ListUploadsCall,
  S3PartsAnswer,
  S3PutPartCall,
  S3UploadCall,
  S3UploadCalls,
  S3UploadsAnswer,
} from '../upload-calls.js';
import { parseCompleteAnswer } from '../wire/complete-answer.js';
import { completeRequest } from '../wire/complete-request.js';
import { parseCopyPartAnswer } from '../wire/copy-part-answer.js';
import { parseCreateUploadAnswer } from '../wire/create-upload-answer.js';
import { parseListPartsAnswer } from '../wire/list-parts-answer.js';
import { parseListUploadsAnswer } from '../wire/list-uploads-answer.js';
import { bodyInput } from './body-input.js';
import { inputOf } from './inputs.js';
import type { SdkSender } from './sdk-sender.js';

/** The requests of uploads in parts, sent by the SDK. */
export class SdkUploadCalls implements S3UploadCalls {
  constructor(
    private readonly sender: SdkSender,
    private readonly bucket: string,
    private readonly profile: Pick<ProviderProfile, 'encodingType' | 'tellsUploadEncoding'>,
  ) {}

  create({ key, headers, signal }: S3ObjectCall): Promise<{ readonly uploadId: string }> {
    const command = new CreateMultipartUploadCommand({
      Bucket: this.bucket,
      Key: key,
      ...inputOf(headers),
    });
    const take = (_: S3Answer, text: string) => parseCreateUploadAnswer(text);
    return this.sender.send(command, { take, headers, signal });
  }

  putPart({ key, uploadId, number, headers, body, signal }: S3PutPartCall): Promise<S3Answer> {
    const { input, stream } = bodyInput(body);
    const command = new UploadPartCommand({
      ...this.upload(key, uploadId),
      ...inputOf(headers),
      PartNumber: number,
      ...input,
    });
    return this.sender.send(command, { take: whole, headers, stream, once: true, signal });
  }

  copyPart(call: S3CopyPartCall): Promise<S3CopiedPart> {
    const { key, uploadId, number, from, fromVersion, range, headers, signal } = call;
    const command = new UploadPartCopyCommand({
      ...this.upload(key, uploadId),
      ...inputOf(headers),
      PartNumber: number,
      CopySource: copySource(this.bucket, from, fromVersion),
      ...(range && { CopySourceRange: `bytes=${range.start}-${range.end}` }),
    });
    const take = (answer: S3Answer, text: string) => ({ ...answer, ...parseCopyPartAnswer(text) });
    return this.sender.send(command, { take, headers, signal });
  }

  listParts({ key, uploadId, after, signal }: S3ListPartsCall): Promise<S3PartsAnswer> {
    const command = new ListPartsCommand({
      ...this.upload(key, uploadId),
      ...(after > 0 && { PartNumberMarker: String(after) }),
    });
    return this.sender.send(command, { take: (_, text) => parseListPartsAnswer(text), signal });
  }

  complete({ key, uploadId, headers, parts, signal }: S3CompleteCall): Promise<S3CompletedAnswer> {
    const command = new CompleteMultipartUploadCommand({
      ...this.upload(key, uploadId),
      ...inputOf(headers),
      MultipartUpload: {
        Parts: parts.map(({ number, etag, crc32, sha256 }) => ({
          PartNumber: number,
          ETag: `"${etag}"`,
          ...(crc32 !== undefined && { ChecksumCRC32: crc32 }),
          ...(sha256 !== undefined && { ChecksumSHA256: sha256 }),
        })),
      },
    });
    const take = (answer: S3Answer, text: string) => ({ ...answer, ...parseCompleteAnswer(text) });
    const body = completeRequest(parts);
    return this.sender.send(command, { take, headers, body, once: true, write: true, signal });
  }

  abort({ key, uploadId, signal }: S3UploadCall): Promise<S3Answer> {
    return this.sender.send(new AbortMultipartUploadCommand(this.upload(key, uploadId)), {
      take: whole,
      signal,
    });
  }

  list({ prefix, after, signal }: S3ListUploadsCall): Promise<S3UploadsAnswer> {
    const { encodingType, tellsUploadEncoding = true } = this.profile;
    const command = new ListMultipartUploadsCommand({
      Bucket: this.bucket,
      ...(prefix !== '' && { Prefix: prefix }),
      ...(encodingType && tellsUploadEncoding && { EncodingType: 'url' as const }),
      ...(after && { KeyMarker: after.key }),
      ...(after && after.uploadId !== '' && { UploadIdMarker: after.uploadId }),
    });
    return this.sender.send(command, { take: (_, text) => parseListUploadsAnswer(text), signal });
  }

  private upload(key: string, uploadId: string) {
    return { Bucket: this.bucket, Key: key, UploadId: uploadId };
  }
}

const whole = (answer: S3Answer): S3Answer => answer;
