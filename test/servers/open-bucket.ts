import { randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { TestServer } from './s3-servers.js';
import { sdkClient } from './sdk-client.js';

/** An empty place for one test. */
export interface TestBucket {
  readonly bucket: string;
  /** Where the test must stay in it, ending in `/`: empty but for S3_TEST_BUCKET. */
  readonly prefix: string;
  /** Removes the bucket with everything in it; of S3_TEST_BUCKET, what is below the prefix. */
  readonly destroy: () => Promise<void>;
}

export interface OpenBucketOptions {
  /** Whether objects in it can be locked, which turns versions on. Default: false. */
  readonly objectLock?: boolean;
}

/** Makes an empty bucket on `server`, or finds an empty prefix in the bucket that the tests must stay in. */
export async function openBucket(
  server: TestServer,
  { objectLock = false }: OpenBucketOptions = {},
): Promise<TestBucket> {
  const client = sdkClient(server);
  const id = randomBytes(8).toString('hex');
  if (server.bucket) {
    const { bucket } = server;
    const prefix = `${server.prefix}/${id}/`;
    return { bucket, prefix, destroy: () => empty(client, bucket, prefix) };
  }
  const bucket = `stowage-${id}`;
  await client.send(
    new CreateBucketCommand({
      Bucket: bucket,
      ...(objectLock && { ObjectLockEnabledForBucket: true }),
      ...(server.region !== 'us-east-1' && {
        CreateBucketConfiguration: { LocationConstraint: server.region as 'eu-west-1' },
      }),
    }),
  );
  return {
    bucket,
    prefix: '',
    async destroy() {
      await empty(client, bucket, '');
      const command = new DeleteBucketCommand({ Bucket: bucket });
      // MinIO has objects below objects (`a` and `a/b`) in no listing; it removes a bucket with all that is in it.
      command.middlewareStack.add(
        (next) => (args) => {
          const request = args.request as { headers: Record<string, string> };
          if (server.name === 'minio') request.headers['x-minio-force-delete'] = 'true';
          return next(args);
        },
        { step: 'build' },
      );
      await client.send(command);
    },
  };
}

/** Removes every version, marker and unfinished upload below `prefix`. */
async function empty(client: S3Client, bucket: string, prefix: string): Promise<void> {
  const place = { Bucket: bucket, Prefix: prefix };
  for (let more = true; more;) {
    const page = await client.send(new ListObjectVersionsCommand(place));
    const found: ObjectIdentifier[] = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(
      ({ Key, VersionId }) => ({ Key, VersionId }),
    );
    if (found.length > 0) {
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({
          Bucket: bucket,
          Delete: { Objects: found, Quiet: true },
          BypassGovernanceRetention: true,
        }),
      );
      // A request that a test has given up may still do its work.
      const [first] = Errors.filter(({ Code }) => Code !== 'NoSuchKey');
      if (first) throw new Error(`${bucket} cannot be emptied: ${first.Key}: ${first.Code} ${first.Message}`);
    }
    more = page.IsTruncated === true && found.length > 0;
  }
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand(place));
  for (const { Key, UploadId } of Uploads) {
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
  }
}
