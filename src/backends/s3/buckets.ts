import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketCorsCommand,
  type BucketLocationConstraint,
  type S3Client,
} from '@aws-sdk/client-s3';
import { assertKnown, isObject, kindOf, show } from '../../core/check-shape.js';
import { StorageError } from '../../core/error.js';
import type { OperationOptions } from '../../core/options.js';
import { asksAws } from './assumed-aws.js';
import type { S3ClientLike } from './client-like.js';
import { fromApi, toApi } from './cors-api.js';
import type { S3CorsRule } from './cors-rule.js';
import { boundAnswer } from './sdk/bound-answer.js';
import { withoutSecrets } from './sdk/without-secrets.js';

/** The region whose buckets have no location: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
const NAMELESS = 'us-east-1';
const OPTIONS = ['bucket', 'signal'];
/**
 * Buckets and pages of an account that are listed. AWS allows 10,000 buckets, and up to a million on request:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html
 */
const MOST = 1_000_000;

/** Which bucket is meant. */
export interface BucketOptions extends OperationOptions {
  /** Default: the one of the storage. */
  readonly bucket?: string | undefined;
}

/** Where a bucket is made. */
export interface CreateBucketOptions extends BucketOptions {
  /** Default: that of the client. On AWS it can be no other one; a server of one's own (`endpoint`) decides itself. */
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
 * not have, and it is not there in a scope. Options that it does not know are INVALID_ARGUMENT, reason `options`: a
 * wrong name must not turn into the bucket of the storage.
 */
export class S3Buckets {
  /** The methods that change nothing. */
  static readonly reads: readonly string[] = ['exists', 'list', 'region', 'cors'];

  constructor(
    private readonly given: () => S3ClientLike,
    private readonly bucket: string,
    private readonly most = MOST,
  ) {}

  /**
   * Makes the bucket. One that the same account has already is left as it is.
   * @throws StorageError CONFLICT, reason `bucket-taken`, when somebody else has that name; INVALID_ARGUMENT for a name
   * that is none, and, reason `region`, for a region that the client does not ask. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
   */
  async create(options?: CreateBucketOptions): Promise<void> {
    assertOptions('create', options, [...OPTIONS, 'region']);
    const client = this.client();
    const own = await client.config.region();
    const region = options?.region ?? own;
    // AWS makes a bucket in the region that is asked, and refuses another constraint.
    if (region !== own && (await asksAws(client, this.bucket)))
      throw new StorageError(
        'INVALID_ARGUMENT',
        `S3Buckets: the client asks ${own}: make a bucket of ${region} with a backend of that region`,
        { reason: 'region' },
      );
    const command = new CreateBucketCommand({
      Bucket: this.nameOf(options),
      // The API takes it for every region but this one. A server of one's own may call its region as it likes.
      ...(region !== NAMELESS && {
        CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
      }),
    });
    try {
      await client.send(boundAnswer(command), passing(options)).catch(unseen);
    } catch (error) {
      if (codeOf(error) !== 'BucketAlreadyOwnedByYou') throw error;
    }
  }

  /** Whether the bucket is there, in whatever region. @throws StorageError PERMISSION_DENIED when it may not be told. */
  async exists(options?: BucketOptions): Promise<boolean> {
    assertOptions('exists', options);
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
    assertOptions('delete', options);
    const command = new DeleteBucketCommand({ Bucket: this.nameOf(options) });
    await this.client().send(boundAnswer(command), passing(options)).catch(unseen);
  }

  /** Every bucket that the account owns, in the order of the server. */
  async list(options?: OperationOptions): Promise<readonly BucketInfo[]> {
    assertOptions('list', options, ['signal']);
    const found: BucketInfo[] = [];
    let token: string | undefined;
    let left = this.most;
    do {
      // Without a size AWS gives no pages; a server that knows neither gives all at once.
      const command = new ListBucketsCommand({ MaxBuckets: 1000, ContinuationToken: token });
      const page = await this.client().send(boundAnswer(command), passing(options)).catch(unseen);
      left -= 1 + (page.Buckets?.length ?? 0);
      if (left < 0) throw wrongList('end');
      for (const { Name, CreationDate } of page.Buckets ?? []) {
        if (Name !== undefined) found.push({ name: Name, createdAt: CreationDate });
      }
      if (page.ContinuationToken !== undefined && page.ContinuationToken === token) {
        throw wrongList('advance');
      }
      token = page.ContinuationToken;
    } while (token);
    return found;
  }

  /** The region of the bucket, as the server calls it. @throws StorageError BUCKET_NOT_FOUND when there is none. */
  async region(options?: BucketOptions): Promise<string> {
    assertOptions('region', options);
    const named = await this.head(options).catch((error: unknown) => {
      // HEAD has no body that could say that it is the bucket which is missing.
      if (statusOf(error) === 404) throw new StorageError('BUCKET_NOT_FOUND', 'There is no such bucket');
      throw error;
    });
    if (named !== undefined) return named;
    const command = new GetBucketLocationCommand({ Bucket: this.nameOf(options) });
    const { LocationConstraint: location } = await this.client()
      .send(boundAnswer(command), passing(options))
      .catch(unseen);
    // What buckets of Ireland from before 2008 say.
    if (location === 'EU') return 'eu-west-1';
    return location || NAMELESS;
  }

  /** What pages of other origins may do with the bucket; empty without rules, also where the server has none at all, as MinIO. */
  async cors(options?: BucketOptions): Promise<readonly S3CorsRule[]> {
    assertOptions('cors', options);
    const command = new GetBucketCorsCommand({ Bucket: this.nameOf(options) });
    try {
      const { CORSRules = [] } = await this.client()
        .send(boundAnswer(command), passing(options))
        .catch(unseen);
      return CORSRules.map(fromApi);
    } catch (error) {
      if (codeOf(error) === 'NoSuchCORSConfiguration') return [];
      throw error;
    }
  }

  /**
   * Sets what pages of other origins may do with the bucket, in place of all rules that it has: `[corsRule(['https://…'])]` for
   * direct uploads. An empty list removes all. @throws StorageError INVALID_ARGUMENT; UNSUPPORTED where the server has no rules.
   */
  async setCors(rules: readonly S3CorsRule[], options?: BucketOptions): Promise<void> {
    assertOptions('setCors', options);
    if (!Array.isArray(rules)) throw invalid(`S3Buckets.setCors: rules are ${kindOf(rules)}: pass a list`);
    const Bucket = this.nameOf(options);
    const CORSRules = (rules as readonly S3CorsRule[]).map(toApi);
    const client = this.client();
    await (
      CORSRules.length === 0
        ? client.send(boundAnswer(new DeleteBucketCorsCommand({ Bucket })), passing(options))
        : client.send(
            boundAnswer(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } })),
            passing(options),
          )
    ).catch(unseen);
  }

  private client(): S3Client {
    return this.given() as S3Client;
  }

  /** The region, where the server says it. */
  private async head(options: BucketOptions | undefined): Promise<string | undefined> {
    const command = new HeadBucketCommand({ Bucket: this.nameOf(options) });
    const { BucketRegion: region } = await this.client()
      .send(boundAnswer(command), passing(options))
      .catch(unseen);
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

function assertOptions(method: string, options: unknown, known: readonly string[] = OPTIONS): void {
  if (options === undefined) return;
  const at = `S3Buckets.${method}`;
  if (!isObject(options)) {
    const wanted = known.includes('bucket') ? '{ bucket }' : '{ signal }';
    throw invalid(`${at}: the options are ${kindOf(options)}: pass an object, such as ${wanted}`);
  }
  assertKnown(at, options, known, invalid);
  for (const name of ['bucket', 'region']) {
    const value = options[name];
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw invalid(`${at}: ${name} is ${show(value)}: pass its name, or leave it out`);
  }
}

function invalid(message: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', message, { reason: 'options' });
}

function wrongList(what: string): StorageError {
  return new StorageError('UNAVAILABLE', `The list of buckets does not ${what}`, { reason: 'protocol' });
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

/** @throws the error of the SDK, fit for a log. */
function unseen(error: unknown): never {
  throw withoutSecrets(error);
}
