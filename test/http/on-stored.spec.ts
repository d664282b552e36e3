import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Controller,
  ConflictException,
  Injectable,
  Logger,
  Module,
  Post,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import {
  STORAGE_STORED_EVENT,
  StorageExceptionFilter,
  StorageHttpModule,
  storageMulterOptions,
  UploadInterceptor,
  type OnStored,
  type StorageStoredEvent,
  type StoredContext,
  type StoredFile,
  type StoredHandler,
} from '../../src/http/index.js';
import { thrown } from '../support/errors.js';
import { describeAdapters } from './support/adapters.js';
import { boot, form, keysOf, serveDocuments, storages, type Harness } from './harness.js';
import { altered } from './support/altered.js';
import { until } from '../support/until.js';

let app: Harness | undefined;
let failed: string[];
beforeEach(() => {
  failed = [];
  jest.spyOn(Logger.prototype, 'error').mockImplementation((text: unknown) => void failed.push(String(text)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await app?.close();
  app = undefined;
});

const upload = (server: Harness, ...contents: readonly string[]): Promise<Response> =>
  fetch(`${server.url}/api/documents/upload`, {
    method: 'POST',
    body: form(...contents.map((content, index) => ['files', content, `${index}.txt`] as const)),
  });

describeAdapters('onStored', () => {
  it('is told of each file of a form when all are there, in the scope and with the principal', async () => {
    const told: [StoredFile, StoredContext, number][] = [];
    const onStored: OnStored = async (file, context) => {
      told.push([file, context, (await keysOf(context.storage)).length]);
    };
    app = await serveDocuments(
      { onStored },
      { authorize: () => ({ scope: 'users/ann' }), principal: () => 'ann' },
    );
    const answer = (await (await upload(app, 'one', 'three')).json()) as { key: string; etag: string }[];
    expect(told.map(([{ key, size, name, etag }]) => ({ key, size, name, etag }))).toEqual([
      { key: answer[0]?.key, size: 3, name: '0.txt', etag: answer[0]?.etag },
      { key: answer[1]?.key, size: 5, name: '1.txt', etag: answer[1]?.etag },
    ]);
    expect(told.map(([, { principal, via }, count]) => [principal, via, count])).toEqual([
      ['ann', 'form', 2],
      ['ann', 'form', 2],
    ]);
    expect(told[0]?.[1].request.method).toBe('POST');
  });

  it('takes all files of its request back when it fails for one, and tells nothing of why', async () => {
    const seen: string[] = [];
    app = await serveDocuments({
      onStored: ({ name }) => {
        seen.push(name);
        if (name === '1.txt') throw new Error('insert into secret_table failed');
      },
    });
    const response = await upload(app, 'a', 'b', 'c');
    expect([response.status, seen]).toEqual([500, ['0.txt', '1.txt']]);
    expect(await response.text()).not.toContain('secret_table');
    expect(failed.join()).toContain('secret_table');
    expect(await keysOf(app.storage)).toEqual([]);
  });

  it('answers with the HttpException that it throws', async () => {
    app = await serveDocuments({ onStored: () => Promise.reject(new ConflictException('You have one')) });
    const response = await upload(app, 'a');
    expect([response.status, await response.json()]).toEqual([
      409,
      expect.objectContaining({ detail: 'You have one' }),
    ]);
    expect(await keysOf(app.storage)).toEqual([]);
  });

  it('leaves the files where they are with keepOnError', async () => {
    app = await serveDocuments({ keepOnError: true, onStored: () => Promise.reject(new Error('no')) });
    expect((await upload(app, 'a', 'b')).status).toBe(500);
    expect(await keysOf(app.storage)).toHaveLength(2);
  });

  it('logs what it could not take back', async () => {
    const backend = altered(new MemoryBackend(), {
      delete: () => Promise.reject(new Error('the disk is gone')),
    });
    app = await serveDocuments({ onStored: () => Promise.reject(new Error('no')) }, { backend });
    expect((await upload(app, 'a')).status).toBe(500);
    const [key] = await keysOf(app.storage);
    expect(failed.find((text) => text.includes('could not be deleted'))).toContain(key);
  });

  it('is called for a client that has gone since, because the object is there', async () => {
    let stored: (() => void) | undefined;
    let go: () => void = () => undefined;
    const told: string[] = [];
    const inner = new MemoryBackend();
    const backend = altered(inner, {
      put: async (...args) => {
        const info = await inner.put(...args);
        stored?.();
        await new Promise<void>((resolve) => (go = resolve));
        return info;
      },
    });
    app = await serveDocuments({ onStored: ({ key }) => void told.push(key) }, { backend });
    const client = new AbortController();
    const waits = new Promise<void>((resolve) => (stored = resolve));
    const sent = fetch(`${app.url}/api/documents/upload`, {
      method: 'POST',
      body: form(['file', 'x', 'a.txt']),
      signal: client.signal,
    });
    await waits;
    client.abort();
    await expect(sent).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    go();
    await until(() => told.length === 1);
    expect(await keysOf(app.storage)).toEqual(told);
  });

  it('is not told of a request without a file, or one that is refused', async () => {
    const told: string[] = [];
    app = await serveDocuments({ maxSize: 3, onStored: ({ key }) => void told.push(key) });
    expect((await upload(app)).status).toBe(400);
    expect((await upload(app, 'ok', 'too large')).status).toBe(413);
    expect([told, await keysOf(app.storage)]).toEqual([[], []]);
  });

  it('ends the start when no module provides its class', async () => {
    class Nobody implements StoredHandler {
      onStored(): void {
        throw new Error('unreachable');
      }
    }
    const start = serveDocuments({ onStored: Nobody });
    await expect(start).rejects.toThrow(
      'onStored of storage "documents" is the class Nobody, which no module provides',
    );

    @Controller('files')
    class Files {
      @Post()
      @UseInterceptors(UploadInterceptor('file', { storage: 'documents', onStored: Nobody }))
      take(): void {
        return undefined;
      }
    }
    const other = boot([storages({ documents: new MemoryBackend() })], { controllers: [Files] });
    await expect(other).rejects.toThrow(/class Nobody, which no module provides/);
  });

  it.each<[object, RegExp]>([
    [{ scanner: {} }, /scanner of .* is an object without a method scan/],
    [{ scanner: () => undefined }, /scanner of .* is a function without a method scan/],
    [{ scanTimeoutMs: 0 }, /scanTimeoutMs of .* is 0/],
    [{ scanTimeoutMs: 2 ** 31 }, /scanTimeoutMs of .* is 2147483648/],
    [{ onStored: 'x' }, /onStored of .* is a string/],
    [{ keepOnError: 1 }, /keepOnError of .* is a number/],
  ])('is checked with the other rules: %p', (options, message) => {
    const error = thrown(() => UploadInterceptor('file', options));
    expect([error.code, error.reason]).toEqual(['INVALID_ARGUMENT', 'config']);
    expect(error.message).toMatch(message);
  });

  it('is refused where nothing would call it', async () => {
    app = await serveDocuments();
    const { storage } = app;
    const hooked: object = { onStored: () => undefined };
    expect(thrown(() => storageMulterOptions(storage, hooked)).message).toMatch(/no option onStored/);
    class Scanner {
      scan(): Promise<'clean'> {
        return Promise.resolve('clean');
      }
    }
    const error = thrown(() => storageMulterOptions(storage, { scanner: Scanner }));
    expect(error.message).toMatch(/scanner of storageMulterOptions is a class/);
  });
});

describeAdapters('The event of a stored file', () => {
  const order: string[] = [];
  @Injectable()
  class Rows implements StoredHandler {
    onStored({ name }: StoredFile): void {
      order.push(`row ${name}`);
      if (name === '2.txt') throw new Error('no');
    }

    @OnEvent(STORAGE_STORED_EVENT)
    hear({ file, via }: StorageStoredEvent): void {
      order.push(`event ${file.name} ${via}`);
      throw new Error('a listener failed');
    }
  }
  @Module({ providers: [Rows] })
  class App {}
  @Controller('own')
  @UseFilters(StorageExceptionFilter)
  class Own {
    @Post()
    @UseInterceptors(UploadInterceptor('file', { storage: 'documents', onStored: Rows }))
    take(): void {
      order.push('handler');
    }
  }

  it('follows when onStored has taken all files, and changes nothing of the answer', async () => {
    order.length = 0;
    app = await serveDocuments({ onStored: Rows }, { imports: [App, EventEmitterModule.forRoot()] });
    expect((await upload(app, 'a', 'b')).status).toBe(201);
    expect(order).toEqual(['row 0.txt', 'row 1.txt', 'event 0.txt form', 'event 1.txt form']);
    order.length = 0;
    expect((await upload(app, 'a', 'b', 'c')).status).toBe(500);
    expect(order).toEqual(['row 0.txt', 'row 1.txt', 'row 2.txt']);
  });

  it('comes before the handler of an own controller', async () => {
    order.length = 0;
    app = await boot([storages({ documents: new MemoryBackend() }), App, EventEmitterModule.forRoot()], {
      controllers: [Own],
    });
    const body = form(['file', 'x', 'me.txt']);
    expect((await fetch(`${app.url}/own`, { method: 'POST', body })).status).toBe(201);
    expect(order).toEqual(['row me.txt', 'event me.txt form', 'handler']);
  });
});

describeAdapters('onStored of signed uploads', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowage-stored-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const serve = async (onStored: OnStored, keepOnError?: boolean): Promise<Harness> => {
    const servers: Harness[] = [];
    const backend = new LocalBackend({
      root: folder,
      durability: 'rename',
      signing: {
        secret: 'a secret of the tests, long enough',
        storage: 'documents',
        baseUrl: () => servers[0]?.url ?? '',
      },
    });
    const server = await boot([
      storages({ documents: backend }),
      StorageHttpModule.forRoot({
        storages: { documents: { operations: ['get'], onStored, keepOnError } },
        authorize: () => false,
      }),
    ]);
    servers.push(server);
    return server;
  };
  const put = async (server: Harness, body: string): Promise<number> => {
    const { url } = await server.storage.signedUrl('dir/a.txt', { method: 'PUT' });
    return (await fetch(url, { method: 'PUT', body })).status;
  };

  it('is told of them', async () => {
    const told: unknown[] = [];
    app = await serve((file, { via, principal }) => void told.push({ file, via, principal }));
    expect(await put(app, 'hello')).toBe(200);
    expect(told).toEqual([
      {
        via: 'signed-url',
        principal: undefined,
        file: expect.objectContaining({
          storage: 'documents',
          key: 'dir/a.txt',
          size: 5,
          name: 'a.txt',
          fieldname: '',
          etag: (await app.storage.head('dir/a.txt')).etag,
        }) as unknown,
      },
    ]);
  });

  it('takes back what it refuses, unless it shall stay', async () => {
    app = await serve(() => Promise.reject(new Error('no')));
    expect(await put(app, 'x')).toBe(500);
    expect(await app.storage.exists('dir/a.txt')).toBe(false);
    await app.close();
    app = await serve(() => Promise.reject(new Error('no')), true);
    expect(await put(app, 'x')).toBe(500);
    expect(await app.storage.exists('dir/a.txt')).toBe(true);
  });

  it('leaves what somebody else has put there meanwhile', async () => {
    app = await serve(async ({ key }, { storage }) => {
      await storage.put(key, 'of another');
      throw new Error('no');
    });
    expect(await put(app, 'x')).toBe(500);
    expect(await app.storage.text('dir/a.txt')).toBe('of another');
    expect(failed.filter((text) => text.includes('could not be deleted'))).toEqual([]);
  });
});
