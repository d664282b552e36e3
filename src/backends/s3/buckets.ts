import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  type BucketLocationConstraint,
  type S3Client,
} from '@aws-sdk/client-s3';
import { StorageError } from '../../core/error.js';
import type { OperationOptions } from '../../core/options.js';

/** The region whose buckets have no location: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
const NAMELESS = 'us-east-1';

/** Which bucket is meant. */
export interface BucketOptions extends OperationOptions {
  /** Default: the one of the storage. */
  readonly bucket?: string | undefined;
}

/** Where a bucket is made. */
export interface CreateBucketOptions extends BucketOptions {
  /** Default: that of the client. */
  readonly region?: string | undefined;
}

/** A bucket of the account. */
export interface BucketInfo {
  readonly name: string;
  /** Absent where the server does not tell. */
  readonly createdAt: Date | undefined;
}

/**
 * The buckets of an account, for operators: `storage.as(S3Buckets)`. It needs permissions that an application should
 * not have, and it is not there in a scope.
 */
export class S3Buckets {
  /** The methods that change nothing. */
  static readonly reads: readonly string[] = ['exists', 'list', 'region'];

  constructor(
    private readonly client: () => S3Client,
    private readonly bucket: string,
  ) {}

  /**
   * Makes the bucket. One that the same account has already is left as it is.
   * @throws StorageError CONFLICT, reason `bucket-taken`, when somebody else has that name; INVALID_ARGUMENT for a name
   * that is none. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
   */
  async create(options?: CreateBucketOptions): Promise<void> {
    const client = this.client();
    const region = options?.region ?? (await client.config.region());
    const command = new CreateBucketCommand({
      Bucket: this.nameOf(options),
      // The API takes it for every region but this one. A server of one's own may call its region as it likes.
      ...(region !== NAMELESS && {
        CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
      }),
    });
    try {
      await client.send(command, passing(options));
    } catch (error) {
      if (codeOf(error) !== 'BucketAlreadyOwnedByYou') throw error;
    }
  }

  /** Whether the bucket is there, in whatever region. @throws StorageError PERMISSION_DENIED when it may not be told. */
  async exists(options?: BucketOptions): Promise<boolean> {
    try {
      await this.head(options);
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      if (statusOf(error) === 301) return true;
      throw error;
    }
  }

  /**
   * Deletes the bucket, which has to be empty.
   * @throws StorageError CONFLICT, reason `bucket-not-empty`; BUCKET_NOT_FOUND when there is none.
   */
  async delete(options?: BucketOptions): Promise<void> {
    const command = new DeleteBucketCommand({ Bucket: this.nameOf(options) });
    await this.client().send(command, passing(options));
  }

  /** Every bucket that the account owns, in the order of the server. */
  async list(options?: OperationOptions): Promise<readonly BucketInfo[]> {
    const found: BucketInfo[] = [];
    let token: string | undefined;
    do {
      const page = await this.client().send(
        // Without a size AWS gives no pages; a server that knows neither gives all at once.
        new ListBucketsCommand({ MaxBuckets: 1000, ContinuationToken: token }),
        passing(options),
      );
      for (const { Name, CreationDate } of page.Buckets ?? []) {
        if (Name !== undefined) found.push({ name: Name, createdAt: CreationDate });
      }
      if (page.ContinuationToken !== undefined && page.ContinuationToken === token) {
        throw new StorageError('UNAVAILABLE', 'The list of buckets does not advance', { reason: 'protocol' });
      }
      token = page.ContinuationToken;
    } while (token);
    return found;
  }

  /** The region of the bucket, as the server calls it. @throws StorageError BUCKET_NOT_FOUND when there is none. */
  async region(options?: BucketOptions): Promise<string> {
    const named = await this.head(options).catch((error: unknown) => {
      // HEAD has no body that could say that it is the bucket which is missing.
      if (statusOf(error) === 404) throw new StorageError('BUCKET_NOT_FOUND', 'There is no such bucket');
      throw error;
    });
    if (named !== undefined) return named;
    const command = new GetBucketLocationCommand({ Bucket: this.nameOf(options) });
    const { LocationConstraint: location } = await this.client().send(command, passing(options));
    // What buckets of Ireland from before 2008 say.
    if (location === 'EU') return 'eu-west-1';
    return location || NAMELESS;
  }

  /** The region, where the server says it. */
  private async head(options: BucketOptions | undefined): Promise<string | undefined> {
    const command = new HeadBucketCommand({ Bucket: this.nameOf(options) });
    const { BucketRegion: region } = await this.client().send(command, passing(options));
    return region || undefined;
  }

  private nameOf(options: BucketOptions | undefined): string {
    const name = options?.bucket ?? this.bucket;
    if (!name.startsWith('arn:')) return name;
    throw new StorageError(
      'INVALID_ARGUMENT',
      'S3Buckets: an access point is no bucket: name the bucket behind it',
      { reason: 'bucket' },
    );
  }
}

/** What a request of the SDK takes. */
function passing(options: OperationOptions | undefined): { abortSignal?: AbortSignal } {
  return options?.signal ? { abortSignal: options.signal } : {};
}

/** The SDK names its exceptions by the codes of S3. */
function codeOf(error: unknown): unknown {
  return (error as { readonly name?: unknown } | undefined)?.name;
}

function statusOf(error: unknown): number | undefined {
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } } | undefined)?.$metadata
    ?.httpStatusCode;
}
