import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { S3Client } from '@aws-sdk/client-s3';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { S3Backend } from '../../src/backends/s3/backend.js';
import type { S3BackendOptions } from '../../src/backends/s3/options.js';
import type { StorageBackend } from '../../src/core/backend.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { PrefixedBackend } from '../../src/wrappers/prefixed.js';
import { boot } from './boot.js';

const credentials = { accessKeyId: 'AKIA-SHOWN', secretAccessKey: 'SECRET-SHOWN' };
const s3 = (options: Partial<S3BackendOptions> = {}) =>
  new S3Backend({ bucket: 'files', endpoint: 'http://localhost:9000/', credentials, ...options });

let root: string;
const lines: string[] = [];
const warnings: string[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'places-'));
  lines.length = warnings.length = 0;
  jest.spyOn(Logger.prototype, 'log').mockImplementation((line) => void lines.push(String(line)));
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((line) => void warnings.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  delete process.env['AWS_ENDPOINT_URL'];
  await rm(root, { recursive: true, force: true });
});

/** What an application with these storages says when it starts. */
async function said(backends: Readonly<Record<string, StorageBackend>>): Promise<readonly string[]> {
  const modules = Object.entries(backends).map(([name, backend]) => StorageModule.forRoot({ name, backend }));
  await (await boot(modules)).close();
  return lines.filter((line) => line.startsWith('Storage "')).sort();
}

describe('the start of an application', () => {
  it('says where each storage keeps its objects, and no credentials', async () => {
    process.env['AWS_ENDPOINT_URL'] = 'https://user:SECRET-SHOWN@s3.example.com/base?x=SECRET-SHOWN';
    const client = new S3Client({ region: 'eu-west-1', credentials });
    expect(
      await said({
        disk: new LocalBackend({ root: relative(process.cwd(), root) }),
        memory: new MemoryBackend(),
        mine: s3(),
        named: s3({ profile: 'minio' }),
        below: new PrefixedBackend(s3({ profile: 'minio' }), 'a/b/'),
        found: s3({ endpoint: undefined }),
        theirs: s3({ endpoint: undefined, credentials: undefined, client }),
      }),
    ).toEqual([
      'Storage "below": s3 bucket "files" at http://localhost:9000 (profile minio), below "a/b/"',
      `Storage "disk": local ${root}`,
      'Storage "found": s3 bucket "files" at https://s3.example.com/base (profile other)',
      'Storage "memory": memory',
      'Storage "mine": s3 bucket "files" at http://localhost:9000 (profile other)',
      'Storage "named": s3 bucket "files" at http://localhost:9000 (profile minio)',
      'Storage "theirs": s3 bucket "files" at the endpoint of its client (profile aws)',
    ]);
    expect(warnings).toEqual([]);
    client.destroy();
  });

  it('says which region of AWS', async () => {
    const aws = s3({ endpoint: undefined, region: 'eu-west-1' });
    expect(await said({ aws })).toEqual(['Storage "aws": s3 bucket "files" at AWS, eu-west-1 (profile aws)']);
  });

  it('warns of two storages at one place', async () => {
    await said({ a: s3(), b: s3({ endpoint: 'http://LOCALHOST:9000' }), c: s3({ bucket: 'others' }) });
    expect(warnings).toEqual([
      expect.stringMatching(/^The storages "a" and "b" are at one place \(s3 bucket "files" at http/),
    ]);
    await said({ d: new LocalBackend({ root }), e: new LocalBackend({ root: `${root}/x/..` }) });
    expect(warnings).toHaveLength(2);
    // Whose root was opened first is told first.
    expect(warnings[1]).toMatch(/^The storages "[de]" and "[de]" are at one place/);
    expect(warnings[1]).toContain(`(local ${root})`);
  });

  it('does not warn of one backend that two storages share, or of memory', async () => {
    const shared = s3();
    await said({ a: shared, b: shared, c: new MemoryBackend(), d: new MemoryBackend() });
    expect(warnings).toEqual([]);
  });

  it('does not take the endpoints of two clients for one place', async () => {
    const endpoints = ['https://a.example.com', 'https://b.example.com'];
    const clients = endpoints.map((endpoint) => new S3Client({ endpoint, region: 'eu-west-1', credentials }));
    const on = (client: S3Client) => s3({ endpoint: undefined, credentials: undefined, client });
    const [a, b] = clients.map(on);
    await said({ a: a!, b: b! });
    expect(warnings).toEqual([]);
    await said({ c: a!, d: on(clients[0]!) });
    expect(warnings).toEqual([expect.stringMatching(/^The storages "c" and "d" are at one place/)]);
    for (const client of clients) client.destroy();
  });
});
