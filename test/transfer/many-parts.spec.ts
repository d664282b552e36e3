import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { S3Backend } from '../../src/backends/s3/backend.js';
import { aws } from '../../src/backends/s3/profiles/aws.js';
import { TransferMemory } from '../../src/core/transfer-memory.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { KIB, MIB } from '../support/bodies.js';
import { useChildren } from '../support/children.js';
import { failure } from '../support/errors.js';
import { within } from '../support/within.js';
import type { ManyPartsReport } from './children/many-parts.js';

const PART = 5 * KIB;
const PARTS = 10_000;
const SIZE = PART * PARTS;

/** A server that keeps nothing: it counts parts, by their numbers, and looks at what the last request names. */
class NullServer {
  readonly parts = new Set<number>();
  bytes = 0;
  completed = 0;
  aborted = 0;
  private etag = '';

  answer(
    request: IncomingMessage,
    body: Buffer,
  ): { status: number; headers?: Record<string, string>; text?: string } {
    const query = new URL(request.url ?? '/', 'http://s').searchParams;
    const number = query.get('partNumber');
    if (number !== null) {
      this.parts.add(Number(number));
      this.bytes += body.length;
      return { status: 200, headers: { etag: `"${number}"` } };
    }
    if (query.has('uploads')) {
      return {
        status: 200,
        text: '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
      };
    }
    if (request.method === 'POST') {
      this.completed = body.toString().split('<PartNumber>').length - 1;
      this.etag = `"done-${this.completed}"`;
      return {
        status: 200,
        text: `<CompleteMultipartUploadResult><ETag>${this.etag}</ETag></CompleteMultipartUploadResult>`,
      };
    }
    if (request.method === 'DELETE') return (this.aborted++, { status: 204 });
    if (request.method === 'HEAD' && this.etag !== '')
      return { status: 200, headers: { etag: this.etag, 'content-length': String(this.bytes) } };
    return { status: 404, text: '<Error><Code>NoSuchUpload</Code></Error>' };
  }
}

/** Gives `size` bytes in chunks that are no divisor of a part. */
function source(size: number): Readable {
  const chunk = Buffer.alloc(63 * KIB + 1, 'x');
  let left = size;
  return new Readable({
    read() {
      if (left === 0) return void this.push(null);
      const bytes = chunk.subarray(0, left);
      left -= bytes.length;
      this.push(bytes);
    },
  });
}

describe('an upload of as many parts as there can be', () => {
  const start = useChildren('test/transfer/children', ['src', 'test/backends/local/children']);
  const endpoint = () => `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  let http: Server;
  let server: NullServer;
  let backend: S3Backend;
  let memory: TransferMemory;
  let storage: StorageService;

  beforeEach(async () => {
    server = new NullServer();
    http = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', () => {
        const { status, headers = {}, text = '' } = server.answer(request, Buffer.concat(chunks));
        const length = headers['content-length'] ?? String(Buffer.byteLength(text));
        response
          .writeHead(status, { ...headers, ...(status !== 204 && { 'content-length': length }) })
          .end(text);
      });
    });
    await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
    memory = new TransferMemory(MIB);
    backend = new S3Backend({
      endpoint: endpoint(),
      region: 'us-east-1',
      bucket: 'b',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
      forcePathStyle: true,
      profile: { ...aws, minPart: PART },
      partSize: PART,
      transferMemory: memory,
    });
    storage = new StorageService('files', backend);
  });

  afterEach(async () => {
    expect({ held: memory.held, queue: memory.queue }).toEqual({ held: 0, queue: 0 });
    await within(backend.close(), 'closing');
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });

  it('has 10,000 of them, in memory that does not grow with them', async () => {
    const config = { endpoint: endpoint(), part: PART, parts: PARTS };
    const child = start('many-parts', config, { execArgv: ['--expose-gc'] });
    const { size, memory: used, held } = await child.done<ManyPartsReport>(100_000);
    expect({ size, held }).toEqual({ size: SIZE, held: 0 });
    expect(server.parts.size).toBe(PARTS);
    expect(Math.max(...server.parts)).toBe(PARTS);
    expect(server.completed).toBe(PARTS);
    const [first = 0, ...later] = used;
    expect(later).toHaveLength(9);
    process.stdout.write(`10,000 parts: ${used.map((mib) => Math.round(mib)).join(' ')} MiB\n`);
    // Of the 49 MiB nothing stays but what names the parts.
    expect(Math.max(...later) - first).toBeLessThan(20);
  }, 110_000);

  it('is refused before the first request where it is known to be too large', async () => {
    const error = await failure(storage.put('k', source(SIZE + 1), { size: aws.maxObject + 1 }));
    expect(error).toMatchObject({ code: 'TOO_LARGE', reason: 'size' });
    expect(server.parts.size).toBe(0);
    expect(server.aborted).toBe(0);
  });

  it('of one byte more is refused before part 10,001, and removed', async () => {
    const error = await failure(storage.put('k', source(SIZE + 1)), 100_000);
    expect(error).toMatchObject({ code: 'TOO_LARGE', reason: 'size' });
    expect(Math.max(...server.parts)).toBeLessThanOrEqual(PARTS);
    expect(server.completed).toBe(0);
    expect(server.aborted).toBe(1);
  }, 110_000);
});
