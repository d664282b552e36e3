import { GetObjectTaggingCommand, PutObjectTaggingCommand, type S3Client } from '@aws-sdk/client-s3';
import type { OperationOptions } from '../../core/options.js';
import { boundAnswer } from './sdk/bound-answer.js';

/** Tags of an object by their names, which are unique. */
export type Tags = ReadonlyMap<string, string>;

/** The tags of objects. They are read and written by the SDK, as all that is no data path. */
export class ObjectTags {
  constructor(
    private readonly client: () => S3Client,
    private readonly bucket: string,
  ) {}

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
  async read(key: string, { signal }: OperationOptions): Promise<Tags> {
    const command = new GetObjectTaggingCommand({ Bucket: this.bucket, Key: key });
    const { TagSet: tags = [] } = await this.client().send(boundAnswer(command), passing(signal));
    return new Map(tags.map(({ Key: name = '', Value: value = '' }) => [name, value]));
  }

  /** Replaces them. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
  async write(key: string, tags: Tags, { signal }: OperationOptions): Promise<void> {
    const TagSet = [...tags].map(([Key, Value]) => ({ Key, Value }));
    const command = new PutObjectTaggingCommand({ Bucket: this.bucket, Key: key, Tagging: { TagSet } });
    await this.client().send(boundAnswer(command), passing(signal));
  }
}

/** Tags as `x-amz-tagging` has them: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export function taggingOf(tags: Tags): string {
  return [...tags].map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
}

export function sameTags(tags: Tags, others: Tags): boolean {
  return tags.size === others.size && [...tags].every(([name, value]) => others.get(name) === value);
}

const passing = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {});
