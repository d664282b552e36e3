import { readAnswer } from './xml-answer.js';
import { escapeXml } from './xml-escape.js';
import type { XmlReader } from './xml-reader.js';
import { optionalTime } from './xml-values.js';
import { XmlError } from './xml.js';

/** One bucket of a list. */
export interface S3ListedBucket {
  readonly name: string;
  readonly createdAt?: Date | undefined;
  /** Where the server tells it. */
  readonly region?: string | undefined;
}

/** A page of the buckets of an account. */
export interface S3BucketsAnswer {
  readonly buckets: readonly S3ListedBucket[];
  /** Absent on the last page. */
  readonly token?: string | undefined;
}

/**
 * What ListBuckets answers: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
 * @throws XmlError when it is no such answer or not all of it is there. S3AnsweredError when it is an error.
 */
export function parseBucketsAnswer(xml: string): S3BucketsAnswer {
  return readAnswer(xml, ['ListAllMyBucketsResult'], (reader) => {
    const buckets: S3ListedBucket[] = [];
    let token: string | undefined;
    for (let name = reader.child(); name !== undefined; name = reader.child()) {
      if (name === 'Buckets') readBuckets(reader, buckets);
      else if (name === 'ContinuationToken') token = reader.text();
      else reader.skip();
    }
    return { buckets, ...(token ? { token } : {}) };
  });
}

/**
 * The region of a bucket. AWS says nothing for us-east-1 and `EU` for old buckets of eu-west-1:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
 * @throws XmlError when it is no such answer or not all of it is there. S3AnsweredError when it is an error.
 */
export function parseLocationAnswer(xml: string): string {
  const region = readAnswer(xml, ['LocationConstraint'], (reader) => reader.text().trim());
  if (region === 'EU') return 'eu-west-1';
  return region === '' ? 'us-east-1' : region;
}

/**
 * The body of a CreateBucket. AWS takes none for us-east-1:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
 */
export function createBucketRequest(region: string): Buffer | undefined {
  if (region === 'us-east-1') return undefined;
  return Buffer.from(
    '<?xml version="1.0" encoding="UTF-8"?>' +
      '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
      `<LocationConstraint>${escapeXml(region)}</LocationConstraint></CreateBucketConfiguration>`,
  );
}

function readBuckets(reader: XmlReader, buckets: S3ListedBucket[]): void {
  for (let name = reader.child(); name !== undefined; name = reader.child()) {
    if (name === 'Bucket') buckets.push(readBucket(reader));
    else reader.skip();
  }
}

function readBucket(reader: XmlReader): S3ListedBucket {
  let bucket: string | undefined;
  let createdAt: Date | undefined;
  let region: string | undefined;
  for (let name = reader.child(); name !== undefined; name = reader.child()) {
    if (name === 'Name') bucket = reader.text();
    else if (name === 'CreationDate') createdAt = optionalTime(reader.text());
    else if (name === 'BucketRegion') region = reader.text().trim();
    else reader.skip();
  }
  if (!bucket) throw new XmlError('The answer has a bucket without a name');
  return { name: bucket, ...(createdAt ? { createdAt } : {}), ...(region ? { region } : {}) };
}
