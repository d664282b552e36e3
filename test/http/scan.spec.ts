import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { Injectable, Logger, Module } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { FileScanner, ScanFile } from '../../src/http/index.js';
import { describeAdapters } from './support/adapters.js';
import { WatchedWrites } from './support/watched-writes.js';
import { form, keysOf, serveDocuments, type Harness } from './harness.js';
import { until } from '../support/until.js';

type Scan = FileScanner['scan'];
const MIB = 1024 * 1024;

let app: Harness;
let writes: WatchedWrites;
let warned: string[];
let failed: string[];

beforeEach(() => {
  warned = [];
  failed = [];
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((text: unknown) => void warned.push(String(text)));
  jest.spyOn(Logger.prototype, 'error').mockImplementation((text: unknown) => void failed.push(String(text)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
});

async function serve(scan: Scan, scanTimeoutMs = 5_000): Promise<void> {
  writes = new WatchedWrites(new MemoryBackend());
  app = await serveDocuments(
    { scanner: { scan }, scanTimeoutMs, maxSize: 200 * MIB },
    { backend: writes.backend },
  );
}

async function upload(...contents: readonly (string | Uint8Array)[]): Promise<Response> {
  const files = contents.map(
    (content) => [contents.length === 1 ? 'file' : 'files', content, 'a.txt'] as const,
  );
  return fetch(`${app.url}/api/documents/upload`, { method: 'POST', body: form(...files) });
}

/** What a scanner does that reads all. */
async function readAll(content: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function expectNothingStored(): Promise<void> {
  await until(() => writes.running === 0);
  expect(await keysOf(app.storage)).toEqual([]);
  expect(writes.committed).toEqual([]);
}

/** A file in a form, of which `size` bytes are sent at once, and the rest never. */
function sendSome(bytes: Buffer): { gone(): void } {
  const request = httpRequest(`${app.url}/api/documents/upload`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=XX' },
  });
  request.on('error', () => undefined);
  request.write('--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n');
  request.write(bytes);
  return { gone: () => void request.destroy() };
}

describeAdapters('An upload with a scanner', () => {
  it('is scanned byte by byte, and stored when it is clean', async () => {
    const seen: [ScanFile, Buffer][] = [];
    await serve(async (content, file) => {
      seen.push([file, await readAll(content)]);
      return 'clean';
    });
    const content = randomBytes(3 * MIB);
    const response = await upload(content);
    expect(response.status).toBe(201);
    const { key } = (await response.json()) as { key: string };
    expect((await app.storage.bytes(key)).equals(content)).toBe(true);
    expect(seen[0]?.[0]).toEqual({ name: 'a.txt', contentType: 'text/plain' });
    expect(seen[0]?.[1].equals(content)).toBe(true);
    expect((await upload('')).status).toBe(201);
    expect(seen[1]?.[1].length).toBe(0);
  });

  it('waits for its verdict: until then the storage has not its last byte', async () => {
    let judge: () => void = () => undefined;
    let read = false;
    await serve(async (content) => {
      await readAll(content);
      read = true;
      await new Promise<void>((resolve) => (judge = resolve));
      return 'clean';
    });
    const answered = upload(Buffer.alloc(1000));
    await until(() => read && writes.running === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([writes.received, writes.committed]).toEqual([0, []]);
    judge();
    expect((await answered).status).toBe(201);
    expect(writes.committed).toEqual([1000]);
  });

  it('is refused when it is infected, and only the log says by what', async () => {
    await serve(async (content) => {
      await readAll(content);
      return { infected: 'Worm.\r\nX' };
    });
    const response = await upload('bad');
    expect(response.status).toBe(422);
    const answer = await response.text();
    expect(JSON.parse(answer)).toMatchObject({ code: 'CONTENT_REFUSED', title: 'Unprocessable Entity' });
    expect(answer).not.toContain('Worm');
    expect(warned).toEqual(['An uploaded file was refused, the scanner found "Worm.\\r\\nX"']);
    expect(failed).toEqual([]);
    await expectNothingStored();
  });

  it('takes the other files of its form with it', async () => {
    await serve(async (content) => ((await readAll(content)).includes('bad') ? { infected: 'X' } : 'clean'));
    expect((await upload('good', 'bad', 'good')).status).toBe(422);
    await until(() => writes.running === 0);
    expect(await keysOf(app.storage)).toEqual([]);
  });

  it('ends at once when an infection is found in its middle', async () => {
    await serve(async (content) => {
      for await (const chunk of content) if ((chunk as Buffer).includes('bad')) return { infected: 'X' };
      return 'clean';
    });
    const response = await upload(
      Buffer.concat([Buffer.alloc(MIB), Buffer.from('bad'), Buffer.alloc(20 * MIB)]),
    );
    expect(response.status).toBe(422);
    expect(writes.received).toBeLessThan(4 * MIB);
    await expectNothingStored();
  });

  const nonsense: readonly (readonly [string, Scan, RegExp])[] = [
    ['rejects', () => Promise.reject(new Error('clamd at 10.0.0.7 is down')), /10\.0\.0\.7 is down/],
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      /boom/,
    ],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a scanner may
    ['rejects with nothing', () => Promise.reject(undefined), /undefined/],
    ['answers nothing', () => Promise.resolve(undefined as never), /it answered undefined/],
    ['answers true', () => Promise.resolve(true as never), /it answered true/],
    ['answers an infection without a name', () => Promise.resolve({ infected: '' }), /it answered an object/],
    [
      'answers false as an infection',
      async (content) => {
        await readAll(content);
        return { infected: false } as never;
      },
      /it answered an object/,
    ],
    ['says "clean" without a look', () => Promise.resolve('clean'), /before it had read the file/],
    [
      'says "clean" after a part',
      async (content) => {
        await new Promise((resolve) => content.once('data', resolve));
        content.pause();
        return 'clean';
      },
      /before it had read/,
    ],
    [
      'destroys what it reads and says "clean"',
      (content) => {
        content.destroy();
        return Promise.resolve('clean');
      },
      /before it had read/,
    ],
  ];
  for (const [what, scan, why] of nonsense) {
    it(`is not taken when the scanner ${what}`, async () => {
      await serve(scan);
      const response = await upload(Buffer.alloc(2 * MIB));
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
      const answer = await response.text();
      expect(JSON.parse(answer)).toMatchObject({ code: 'UNAVAILABLE' });
      expect(answer).not.toMatch(why);
      expect(failed).toHaveLength(1);
      expect(failed[0]).toMatch(why);
      expect(warned).toEqual([]);
      await expectNothingStored();
    });
  }

  const standing: readonly (readonly [string, Scan])[] = [
    ['reads nothing', () => new Promise(() => undefined)],
    [
      'stops in the middle',
      async (content) => {
        await new Promise((resolve) => content.once('data', resolve));
        content.pause();
        return new Promise(() => undefined);
      },
    ],
    [
      'gives no verdict',
      async (content) => {
        await readAll(content);
        return new Promise(() => undefined);
      },
    ],
    [
      'destroys what it reads and says nothing',
      (content) => {
        content.destroy();
        return new Promise(() => undefined);
      },
    ],
  ];
  for (const [what, scan] of standing) {
    it(`is not taken when the scanner ${what} for its time, and its signal aborts`, async () => {
      const signals: AbortSignal[] = [];
      await serve((content, file, options) => {
        signals.push(options.signal);
        return scan(content, file, options);
      }, 200);
      expect((await upload(Buffer.alloc(2 * MIB))).status).toBe(503);
      expect(failed[0]).toMatch(/did nothing for 200 ms/);
      expect(signals[0]?.aborted).toBe(true);
      await expectNothingStored();
    });
  }

  it('may come as slowly as its client sends, whatever the time of the scanner', async () => {
    await serve(async (content) => {
      await readAll(content);
      return 'clean';
    }, 100);
    const request = httpRequest(`${app.url}/api/documents/upload`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=XX' },
    });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      request.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
    request.write('--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n');
    for (let part = 0; part < 4; part += 1) {
      request.write('part');
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    request.end('\r\n--XX--\r\n');
    expect(await answered).toBe(201);
    expect(writes.committed).toEqual([16]);
  });

  it('comes as fast as a slow scanner reads, and holds no more than a little', async () => {
    let go: () => void = () => undefined;
    const waits = new Promise<void>((resolve) => (go = resolve));
    await serve(async (content) => {
      await waits;
      await readAll(content);
      return 'clean';
    });
    const answered = upload(Buffer.alloc(30 * MIB));
    await until(() => writes.running === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(writes.received).toBeLessThan(MIB);
    go();
    expect((await answered).status).toBe(201);
    expect(writes.committed).toEqual([30 * MIB]);
  });

  it('comes as fast as a slow storage reads', async () => {
    let seen = 0;
    await serve(async (content) => {
      for await (const chunk of content) seen += (chunk as Buffer).length;
      return 'clean';
    }, 200);
    writes.pause = true;
    const answered = upload(Buffer.alloc(30 * MIB));
    await until(() => writes.running === 1 && seen > 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(seen).toBeLessThan(2 * MIB);
    writes.resume();
    expect((await answered).status).toBe(201);
    expect([seen, writes.committed]).toEqual([30 * MIB, [30 * MIB]]);
  });

  it('aborts its scan when the client goes', async () => {
    const signals: AbortSignal[] = [];
    const contents: Readable[] = [];
    await serve((content, _file, { signal }) => {
      signals.push(signal);
      contents.push(content.on('data', () => undefined));
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))));
    });
    const client = sendSome(Buffer.alloc(100_000));
    await until(() => signals.length === 1 && contents[0]?.readableDidRead === true);
    expect(signals[0]?.aborted).toBe(false);
    client.gone();
    await until(() => signals[0]?.aborted === true && contents[0]?.destroyed === true);
    await expectNothingStored();
    expect(failed).toEqual([]);
  });

  it('aborts its scan when the storage fails', async () => {
    const signals: AbortSignal[] = [];
    await serve((content, _file, { signal }) => {
      signals.push(signal);
      content.resume();
      return new Promise(() => undefined);
    });
    writes.failure = new Error('the disk is on fire');
    expect((await upload(Buffer.alloc(MIB))).status).toBe(500);
    // A storage that reads nothing starts no scan.
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    await expectNothingStored();
  });

  it('is scanned by a provider', async () => {
    @Injectable()
    class Scanner implements FileScanner {
      async scan(content: Readable): Promise<'clean' | { infected: string }> {
        return (await readAll(content)).includes('bad') ? { infected: 'X' } : 'clean';
      }
    }
    @Module({ providers: [Scanner] })
    class Scanners {}
    writes = new WatchedWrites(new MemoryBackend());
    app = await serveDocuments({ scanner: Scanner }, { backend: writes.backend, imports: [Scanners] });
    expect([(await upload('good')).status, (await upload('bad')).status]).toEqual([201, 422]);
  });
});
