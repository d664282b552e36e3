import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import { asksAws } from '../../../src/backends/s3/assumed-aws.js';
import type { S3BackendOptions } from '../../../src/backends/s3/options.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import type { Answer } from '../../faults/http-message.js';
import { expectCode } from '../../support/errors.js';
import { usePatientServer } from './faults/patient-server.js';

const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
const region = 'eu-west-1';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-assumed-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** `work` with variables of the environment, which the SDK reads when it resolves an endpoint. */
async function withEnvironment(values: Record<string, string>, work: () => Promise<void>): Promise<void> {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  try {
    await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

describe('Without a profile and an endpoint AWS is assumed', () => {
  const bench = usePatientServer();
  /** As Garage: every condition is ignored. */
  const ignored: Answer = { status: 200, headers: { etag: '"e"' }, body: Buffer.alloc(0) };

  async function expectProven(options: Partial<S3BackendOptions>): Promise<void> {
    bench.server.next({ method: 'PUT', times: Infinity, answer: ignored });
    const backend = new S3Backend({ bucket: 'b', region, credentials, forcePathStyle: true, ...options });
    const storage = new StorageService('test', backend);
    await storage.put('plain', 'x');
    expect(bench.server.seen('PUT')).toHaveLength(1);
    await expectCode(storage.put('a', 'x', { ifAbsent: true }), 'UNSUPPORTED');
    expect(bench.server.seen('PUT').every(({ target }) => !target.startsWith('/b/a'))).toBe(true);
    await backend.close();
  }

  it('and found out where ~/.aws/config has an endpoint: conditions are proven', async () => {
    const file = join(folder, 'config');
    await writeFile(file, `[default]\nendpoint_url = ${bench.server.endpoint}\n`);
    await withEnvironment({ AWS_CONFIG_FILE: file }, () => expectProven({}));
  });

  it('and found out where the environment gives an endpoint to a client', async () => {
    await withEnvironment({ AWS_ENDPOINT_URL_S3: bench.server.endpoint }, async () => {
      const client = new S3Client({ region, credentials, forcePathStyle: true });
      await expectProven({ client });
      client.destroy();
    });
  });

  it.each([{}, { forcePathStyle: true }, { useDualstackEndpoint: true }, { region: 'cn-north-1' }])(
    'and is true of %j, whatever the bucket is',
    async (options) => {
      const client = new S3Client({ region, credentials, ...options });
      for (const bucket of ['b', 'b--use1-az4--x-s3', 'arn:aws:s3::123456789012:accesspoint:mfz.mrap'])
        expect(await asksAws(client, bucket)).toBe(true);
      client.destroy();
    },
  );

  it('and is true of an endpoint of AWS, and not of one that only looks so', async () => {
    for (const [endpoint, is] of [
      ['https://s3.eu-west-1.amazonaws.com', true],
      ['https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com', true],
      ['https://evilamazonaws.com', false],
      ['https://amazonaws.com.example', false],
    ] as const) {
      const client = new S3Client({ region, credentials, endpoint });
      expect([endpoint, await asksAws(client, 'b')]).toEqual([endpoint, is]);
      client.destroy();
    }
  });
});
