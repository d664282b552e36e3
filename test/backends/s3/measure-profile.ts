import { createHash, createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ProviderProfile, S3ChecksumName } from '../../../src/backends/s3/profile.js';
import type { TestServer } from '../../servers/s3-servers.js';
import { statusOf } from './status-of.js';

const BODY = Buffer.from('measured');
const WRONG = Buffer.from('otherwise');
const NO_ETAG = '"00000000000000000000000000000000"';

/** What of a profile a server shows by itself. */
export type Measured = Pick<
  ProviderProfile,
  | 'listVersion'
  | 'encodingType'
  | 'checksums'
  | 'keepsChecksum'
  | 'putIfAbsent'
  | 'putIfMatch'
  | 'deleteIfMatch'
  | 'copySourceIfMatch'
  | 'copyIfAbsent'
  | 'postPolicy'
  | 'keys'
  | 'listsDots'
  | 'deletesVersions'
  | 'metadataUnderscore'
>;

/** Tries every field out with the SDK, so that nothing of ours decides what is right. */
export class ProfileMeter {
  constructor(
    private readonly client: S3Client,
    private readonly server: TestServer,
    private readonly bucket: string,
  ) {}

  async measure(): Promise<Measured> {
    return {
      listVersion: await this.listVersion(),
      encodingType: await this.encodingType(),
      checksums: await this.checksums(),
      keepsChecksum: await this.keepsChecksum(),
      putIfAbsent: await this.putIfAbsent(),
      putIfMatch: await this.putIfMatch(),
      deleteIfMatch: await this.deleteIfMatch(),
      copySourceIfMatch: await this.copySourceIfMatch(),
      copyIfAbsent: await this.copyIfAbsent(),
      postPolicy: await this.postPolicy(),
      keys: await this.keys(),
      listsDots: await this.listsDots(),
      deletesVersions: await this.deletesVersions(),
      metadataUnderscore: await this.metadataUnderscore(),
    };
  }

  /** Whether a DeleteObjects whose body is protected so deletes. */
  async deletesMany(by: 'crc32' | 'md5'): Promise<boolean> {
    const key = `many-${by}`;
    await this.put(key);
    const command = new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects: [{ Key: key }] } });
    command.middlewareStack.add(
      (next) => (args) => {
        const { headers, body } = args.request as { headers: Record<string, string>; body: string };
        if (by === 'md5') {
          for (const name of Object.keys(headers)) if (/checksum/.test(name)) delete headers[name];
          headers['content-md5'] = createHash('md5').update(body).digest('base64');
        }
        return next(args);
      },
      // After the SDK's own checksum, and before the signature.
      { step: 'build', priority: 'low' },
    );
    const status = await statusOf(this.client.send(command));
    return status === 200 && !(await this.isThere(key));
  }

  private async listVersion(): Promise<1 | 2> {
    await this.put('list/a');
    await this.put('list/b');
    const list = { Bucket: this.bucket, Prefix: 'list/', MaxKeys: 1 };
    const first = await this.client.send(new ListObjectsV2Command(list));
    const ContinuationToken = first.NextContinuationToken;
    if (ContinuationToken === undefined) return 1;
    const second = await this.client.send(new ListObjectsV2Command({ ...list, ContinuationToken }));
    return second.Contents?.[0]?.Key === 'list/b' ? 2 : 1;
  }

  private async encodingType(): Promise<boolean> {
    await this.put('encoding/a b');
    const list = { Bucket: this.bucket, Prefix: 'encoding/', EncodingType: 'url' } as const;
    return (await this.client.send(new ListObjectsV2Command(list))).EncodingType === 'url';
  }

  private async checksums(): Promise<readonly S3ChecksumName[]> {
    const sum = crc32(WRONG);
    const wrong = {
      crc32: { ChecksumCRC32: Buffer.from([sum >>> 24, sum >>> 16, sum >>> 8, sum]).toString('base64') },
      sha256: { ChecksumSHA256: createHash('sha256').update(WRONG).digest('base64') },
      md5: { ContentMD5: createHash('md5').update(WRONG).digest('base64') },
    };
    const refused: S3ChecksumName[] = [];
    for (const name of ['crc32', 'sha256', 'md5'] as const) {
      if ((await statusOf(this.put(`sum-${name}`, wrong[name]))) >= 400) refused.push(name);
    }
    return refused;
  }

  private async keepsChecksum(): Promise<boolean> {
    const sum = crc32(BODY);
    const ChecksumCRC32 = Buffer.from([sum >>> 24, sum >>> 16, sum >>> 8, sum]).toString('base64');
    await this.put('kept', { ChecksumCRC32 });
    const get = new GetObjectCommand({ Bucket: this.bucket, Key: 'kept', ChecksumMode: 'ENABLED' });
    const answer = await this.client.send(get);
    await answer.Body?.transformToByteArray();
    return answer.ChecksumCRC32 === ChecksumCRC32;
  }

  private async putIfAbsent(): Promise<boolean> {
    const IfNoneMatch = '*';
    const first = await statusOf(this.put('absent', { IfNoneMatch }));
    return first === 200 && (await statusOf(this.put('absent', { IfNoneMatch }))) === 412;
  }

  private async putIfMatch(): Promise<boolean | 'unquoted'> {
    const { ETag = '' } = await this.put('match');
    if ((await statusOf(this.put('match', { IfMatch: NO_ETAG }))) !== 412) return false;
    if ((await statusOf(this.put('match', { IfMatch: ETag }))) === 200) return true;
    const bare = ETag.replaceAll('"', '');
    return (await statusOf(this.put('match', { IfMatch: bare }))) === 200 ? 'unquoted' : false;
  }

  private async deleteIfMatch(): Promise<boolean> {
    const { ETag } = await this.put('gone');
    const place = { Bucket: this.bucket, Key: 'gone' };
    const wrong = await statusOf(this.client.send(new DeleteObjectCommand({ ...place, IfMatch: NO_ETAG })));
    if (wrong !== 412 || !(await this.isThere('gone'))) return false;
    await this.client.send(new DeleteObjectCommand({ ...place, IfMatch: ETag }));
    return !(await this.isThere('gone'));
  }

  private async copySourceIfMatch(): Promise<boolean> {
    const { ETag } = await this.put('source');
    const copy = { Bucket: this.bucket, Key: 'copy', CopySource: `${this.bucket}/source` };
    const wrong = this.client.send(new CopyObjectCommand({ ...copy, CopySourceIfMatch: NO_ETAG }));
    const right = () => this.client.send(new CopyObjectCommand({ ...copy, CopySourceIfMatch: ETag }));
    return (await statusOf(wrong)) === 412 && (await statusOf(right())) === 200;
  }

  private async copyIfAbsent(): Promise<boolean> {
    await this.put('source');
    const copy = (Key: string) =>
      new CopyObjectCommand({
        Bucket: this.bucket,
        Key,
        CopySource: `${this.bucket}/source`,
        IfNoneMatch: '*',
      });
    const first = await statusOf(this.client.send(copy('copy-once')));
    return first === 200 && (await statusOf(this.client.send(copy('copy-once')))) === 412;
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html */
  private async postPolicy(): Promise<boolean> {
    const { accessKeyId, secretAccessKey, region, endpoint } = this.server;
    const date = new Date().toISOString().replace(/[:-]|\.\d+/g, '');
    const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
    const fields = {
      key: 'posted',
      'x-amz-algorithm': 'AWS4-HMAC-SHA256',
      'x-amz-credential': `${accessKeyId}/${scope}`,
      'x-amz-date': date,
    };
    const conditions = [
      { bucket: this.bucket },
      ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
    ];
    const expiration = new Date(Date.now() + 60_000).toISOString();
    const policy = Buffer.from(JSON.stringify({ expiration, conditions })).toString('base64');
    const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
    const signingKey = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('policy', policy);
    form.set('x-amz-signature', hmac(signingKey, policy).toString('hex'));
    form.set('file', new Blob([BODY]));
    const answer = await fetch(`${endpoint}/${this.bucket}`, { method: 'POST', body: form });
    await answer.arrayBuffer();
    return answer.ok && (await this.isThere('posted'));
  }

  private async keys(): Promise<'any' | 'segments'> {
    for (const [odd, clean] of [
      ['keys//a', 'keys/a'],
      ['keys/./b', 'keys/b'],
      ['keys/c/../d', 'keys/d'],
      ['/keys-e', 'keys-e'],
    ] as const) {
      if ((await statusOf(this.put(odd))) >= 400) return 'segments';
      if (await this.isThere(clean)) return 'segments';
      if (!(await this.isThere(odd))) return 'segments';
    }
    return 'any';
  }

  private async listsDots(): Promise<boolean> {
    await this.put('dots/.htaccess');
    const list = new ListObjectsV2Command({ Bucket: this.bucket, Prefix: 'dots/.' });
    return (await statusOf(this.client.send(list))) === 200;
  }

  /** Whether the delete of a version that is not there, by ids as several servers make them, leaves the object. */
  private async deletesVersions(): Promise<boolean> {
    await this.put('version');
    for (const VersionId of [
      '01BX5ZZKBKACTAV9WEVGEMMVRZ',
      '3f0d5c1e-6f2b-4b8e-9a51-0c2d4e6f8a1b',
      'UIORUnfndfiufdisojhr',
    ])
      await statusOf(
        this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: 'version', VersionId })),
      );
    return this.isThere('version');
  }

  private async metadataUnderscore(): Promise<boolean> {
    await this.put('metadata', { Metadata: { a_b: 'c' } });
    const { Metadata } = await this.client.send(
      new HeadObjectCommand({ Bucket: this.bucket, Key: 'metadata' }),
    );
    return Metadata?.a_b === 'c';
  }

  private put(Key: string, rest: object = {}): Promise<{ readonly ETag?: string | undefined }> {
    return this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key, Body: BODY, ...rest }));
  }

  private async isThere(Key: string): Promise<boolean> {
    return (await statusOf(this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key })))) === 200;
  }
}
