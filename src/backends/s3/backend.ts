import { S3Client } from '@aws-sdk/client-s3';
import { inspect } from 'node:util';
import type { BackendResources, Body, ErrorClass, StorageBackend } from '../../core/backend.js';
import type { CapabilityType } from '../../core/capability.js';
import { StorageError } from '../../core/error.js';
import { addressProblem, isUsualKey, segmentProblem } from '../../core/key.js';
import { CompositeChecksums } from '../../core/composite-checksums.js';
import { MultipartUploads } from '../../core/multipart-uploads.js';
import { Presigning } from '../../core/presigning.js';
import { RunningUploads } from '../../core/running-uploads.js';
import type { DeleteResult, ListPage, ObjectContent, ObjectInfo } from '../../core/object.js';
import type {
  CopyOptions,
  DeleteOptions,
  GetOptions,
  HeadOptions,
  ListOptions,
  OperationOptions,
  PutOptions,
} from '../../core/options.js';
import { assertKeptMetadata } from './assert-kept-metadata.js';
import { asksAws, withUnknownConditions } from './assumed-aws.js';
import { BatchDelete } from './batch-delete.js';
import { S3Buckets } from './buckets.js';
import type { S3Calls } from './calls.js';
import { checkS3Options } from './check-options.js';
import { isDirectoryBucket, pathOf } from './choose-path.js';
import { createClient } from './client.js';
import { Conditions } from './conditions.js';
import { Copier } from './copier.js';
import { Continuing } from './continuing.js';
import { classifyError } from './errors.js';
import { givenEndpoint } from './given-endpoint.js';
import { limitsOf } from './limits.js';
import { Lister } from './lister.js';
import type { PartStoreParts } from './multipart/part-store-parts.js';
import { CompositeReader } from './multipart/composite-reader.js';
import { S3PartStore } from './multipart/part-store.js';
import { PutStore } from './multipart/put-store.js';
import { PartTries } from './multipart/part-tries.js';
import { ObjectTags } from './object-tags.js';
import type { S3BackendOptions } from './options.js';
import { placeOfBucket } from './place.js';
import type { ProviderProfile } from './profile.js';
import { aws } from './profiles/aws.js';
import { profileOf } from './profiles/profiles.js';
import { S3Signer } from './presigning.js';
import { unlessAborted } from '../../core/unless-aborted.js';
import { OwnOrShared } from './own-or-shared.js';
import { Putter } from './putter.js';
import { Reader } from './reader.js';
import { SdkCalls } from './sdk/calls.js';
import { Writer } from './writer.js';
import { Backoff } from './wire/backoff.js';
import { WireCalls } from './wire/calls.js';
import { isXmlSafe } from './wire/delete-request.js';
import { Connections } from './wire/connections.js';
import { Sender } from './wire/sender.js';

/** Bytes of the largest content that goes in one request, unless told otherwise. */
const MAX_SINGLE_PUT = 100 * 1024 * 1024;

type Conditional = Pick<PutOptions, 'ifAbsent' | 'ifMatch' | 'signal'>;

/**
 * Keeps objects in one bucket of AWS S3, or of any server that speaks S3.
 *
 * Requests are built, signed and sent by our own code, on what the SDK's client knows: credentials, region, endpoint
 * rules. Nothing hangs: each step has a time limit (S3Limits). What is safe to send again is sent again. A condition
 * that the server ignores is UNSUPPORTED. Nothing is sent before the first operation.
 *
 * @throws StorageError INVALID_ARGUMENT, reason `config`, for options that are none.
 */
export class S3Backend implements StorageBackend {
  readonly kind = 's3';
  readonly accepts = ['versionId'];
  readonly place: string;
  private readonly bucket: string;
  /** The endpoint, or a client of which nobody can tell. */
  private readonly server: unknown;
  private readonly profile: ProviderProfile;
  private readonly calls: S3Calls;
  private readonly s3: S3Client;
  private readonly ownClient: boolean;
  private readonly continuing: Continuing;
  private readonly reader: Reader;
  private readonly uploads: MultipartUploads;
  private readonly composites: CompositeChecksums | undefined;
  private conditions: Conditions;
  private writer: Writer;
  private readonly copier: Copier;
  /** Whether AWS was taken for the server because nobody named another, and nothing has shown it yet. */
  private assumed: boolean;
  private readonly newWriter: (conditions: Conditions) => Writer;
  private readonly memory: OwnOrShared;
  private readonly putter: Putter;
  private readonly lister: Lister;
  private readonly batches: BatchDelete;
  private readonly buckets: S3Buckets;
  private readonly presigning: Presigning | undefined;
  private closed = false;

  constructor(options: S3BackendOptions) {
    checkS3Options(options);
    const { bucket, payload = 'auto' } = options;
    const client = options.client as S3Client | undefined;
    this.bucket = bucket;
    this.server = client?.config.isCustomEndpoint ? client : givenEndpoint(options);
    this.profile = profileFor(options);
    this.place = placeOfBucket(options, this.profile.name);
    const connections = new Connections(limitsOf(options), options);
    const { limits } = connections;
    this.ownClient = client === undefined;
    const bySdk = pathOf(options) === 'sdk';
    this.s3 = client ?? createClient(options, this.profile.addressing === 'path', limits, connections, bySdk);
    const sender = new Sender(this.s3, bucket, connections, payload);
    const sdk = bySdk ? new SdkCalls(this.s3, bucket, this.profile, connections) : undefined;
    this.calls = sdk ?? new WireCalls(sender, bucket, this.profile);
    this.continuing = new Continuing(this.calls, new Backoff(limits));
    this.reader = new Reader(this.calls, this.profile.keepsChecksum, this.continuing);
    const { checksum = this.profile.checksum } = options;
    const { deletesVersions = false } = this.profile;
    this.newWriter = (conditions) =>
      new Writer(this.calls, this.reader, conditions, checksum, deletesVersions);
    this.conditions = new Conditions(this.calls, this.profile);
    this.writer = this.newWriter(this.conditions);
    const parts: PartStoreParts = {
      calls: this.calls,
      reader: this.reader,
      conditions: (conditional) => this.conditionsFor(conditional),
      profile: this.profile,
      checksum,
      tries: new PartTries(limits),
      running: new RunningUploads(),
      keyProblem: (key) => this.keyProblem(key),
      assertOpen: () => this.assertOpen(),
    };
    this.uploads = new MultipartUploads(new S3PartStore(parts), '', parts.running);
    const composites = new CompositeReader(this.calls, this.reader);
    this.composites = this.profile.keepsChecksum ? new CompositeChecksums(composites) : undefined;
    const { maxSinglePut = MAX_SINGLE_PUT, partSize, concurrency, transferMemory } = options;
    this.memory = new OwnOrShared(transferMemory);
    this.copier = new Copier(parts, {
      tags: new ObjectTags(() => this.s3, bucket),
      memory: () => this.memory.get(),
    });
    this.putter = new Putter({
      whole: async (key, content, conditional) =>
        (await this.writerFor(conditional)).put(key, content, conditional),
      store: new PutStore(parts),
      running: parts.running,
      memory: () => this.memory.get(),
      maxSinglePut: Math.min(maxSinglePut, this.profile.maxPut),
      partSize,
      concurrency,
    });
    this.assumed = this.profile === aws && options.profile === undefined && options.endpoint === undefined;
    this.lister = new Lister(this.calls, {
      dots: this.profile.listsDots ?? true,
      sorted: !isDirectoryBucket(bucket),
    });
    this.batches = new BatchDelete(this.calls, this.profile.deleteMany === 'single');
    this.buckets = new S3Buckets(() => this.s3, bucket);
    const signer = new S3Signer(() => sender.signing(), {
      bucket,
      profile: this.profile,
      keyProblem: (key) => this.keyProblem(key),
      expiresIn: options.signing?.expiresIn,
    });
    // What only the SDK can send to has another endpoint, or another signature.
    const signs = pathOf({ ...options, requests: 'auto' }) === 'own';
    this.presigning = signs ? new Presigning(signer) : undefined;
  }

  async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    this.assertOpen();
    assertKeptMetadata(this.profile, options.metadata);
    return this.putter.put(key, body, options);
  }

  async get(key: string, options: GetOptions): Promise<ObjectContent> {
    this.assertOpen();
    return this.reader.get(key, options);
  }

  async head(key: string, options: HeadOptions): Promise<ObjectInfo> {
    this.assertOpen();
    return this.reader.head(key, options);
  }

  async delete(key: string, options: DeleteOptions): Promise<void> {
    this.assertOpen();
    return (await this.writerFor(options)).delete(key, options);
  }

  async list(options: ListOptions): Promise<ListPage> {
    this.assertOpen();
    return this.lister.list(options);
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<ObjectInfo> {
    this.assertOpen();
    return this.copier.copy(from, to, options);
  }

  async deleteMany(keys: readonly string[], options: OperationOptions): Promise<readonly DeleteResult[]> {
    this.assertOpen();
    return this.batches.delete(keys, options);
  }

  /** Whoever asks: of two that sign with other keys one may be refused what the other one may. */
  isSamePlace(other: StorageBackend): boolean {
    return other instanceof S3Backend && other.bucket === this.bucket && other.server === this.server;
  }

  errorCode(error: unknown): ErrorClass {
    return classifyError(error);
  }

  keyProblem(key: string): string | undefined {
    if (isUsualKey(key)) return undefined;
    const { keys, encodingType } = this.profile;
    const problem = addressProblem(key);
    if (problem) return problem;
    if (!encodingType && !isXmlSafe(key)) return 'the server could not list it, because XML cannot carry it';
    // A folder object is addressed as it is everywhere.
    return keys === 'any' ? undefined : segmentProblem(key.replace(/\/$/, ''));
  }

  capability<T extends object>(type: CapabilityType<T>): T | undefined {
    return [this.buckets, this.presigning, this.uploads, this.composites].find(
      (one): one is typeof one & T => one instanceof type,
    );
  }

  capabilityHint(type: CapabilityType): string | undefined {
    if (type !== Presigning || this.presigning) return undefined;
    return 'URLs are signed by our own code, which knows no S3 Express, no SigV4A and no middleware of a client';
  }

  /** The SDK's client, for what this package has no word for. It is destroyed with the backend, unless it was handed in. */
  client<T extends object>(type: CapabilityType<T>): T | undefined {
    return (type as unknown) === S3Client ? (this.s3 as unknown as T) : undefined;
  }

  /** What a log shows: no client, which has keys. */
  [inspect.custom](): string {
    return `S3Backend { bucket: ${JSON.stringify(this.bucket)} }`;
  }

  open(resources: BackendResources): Promise<void> {
    this.memory.share(resources);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    this.memory.close();
    this.continuing.close();
    this.calls.close();
    if (this.ownClient) this.s3.destroy();
    return Promise.resolve();
  }

  /** No condition is relied on before it is known whose server it is. */
  private async conditionsFor({ ifAbsent, ifMatch, signal }: Conditional): Promise<Conditions> {
    if (this.assumed && (ifAbsent || ifMatch !== undefined)) {
      const known = await unlessAborted(asksAws(this.s3, this.bucket), signal);
      // Of several at once the first has decided.
      if (this.assumed && !known) {
        this.conditions = new Conditions(this.calls, withUnknownConditions(this.profile));
        this.writer = this.newWriter(this.conditions);
      }
      this.assumed = false;
    }
    return this.conditions;
  }

  private async writerFor(conditional: Conditional): Promise<Writer> {
    if (this.assumed) await this.conditionsFor(conditional);
    return this.writer;
  }

  private assertOpen(): void {
    if (this.closed) throw new StorageError('UNAVAILABLE', 'The backend is closed', { reason: 'closed' });
  }
}

function profileFor(options: S3BackendOptions): ProviderProfile {
  const { profile, client } = options;
  if (typeof profile === 'object') return profile;
  // Of a client's own endpoint nobody can tell whose it is.
  const custom = client?.config.isCustomEndpoint ? 'other' : undefined;
  return profileOf({ name: profile ?? custom, endpoint: givenEndpoint(options) });
}
