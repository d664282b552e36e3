import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  Controller,
  Injectable,
  Logger,
  Module,
  Post,
  Req,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Request } from 'express';
import { request, type ClientRequest } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { onAbort } from '../../src/core/abort.js';
import type { Layer } from '../../src/core/layer.js';
import type { ObjectInfo } from '../../src/core/object.js';
import type { PutOptions } from '../../src/core/options.js';
import type { Body } from '../../src/core/backend.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { getStorageToken } from '../../src/storage/storage.tokens.js';
import { boot } from './boot.js';

/** Its puts wait until they are released or aborted. It counts how often it is closed. */
class SlowBackend extends MemoryBackend {
  closed = 0;
  aborted = 0;
  deaf = false;
  release = (): void => undefined;
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    if (this.closed > 0) throw new Error('It is closed');
    await new Promise<void>((resolve, reject) => {
      void this.released.then(resolve);
      if (this.deaf) return;
      onAbort(options.signal, (error) => {
        this.aborted++;
        reject(error);
      });
    });
    return super.put(key, body, options);
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

/** What `shutdownTimeoutMs` is where nobody says it. */
const DEFAULT_MS = 10_000;
const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const lines: string[] = [];

/** A layer that makes every operation last `ms` milliseconds longer. */
const delay =
  (ms: number): Layer =>
  async (operation, next) => {
    await soon(ms);
    return next(operation);
  };

/** Closes `app` within a bound, and says how long it took. */
async function close(app: Pick<TestingModule, 'close'>): Promise<number> {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('It did not close')), 15_000);
  });
  await Promise.race([app.close(), late]);
  clearTimeout(timer);
  return performance.now() - started;
}

beforeEach(() => {
  lines.length = 0;
  for (const level of ['warn', 'error'] as const) {
    jest.spyOn(Logger.prototype, level).mockImplementation((line) => void lines.push(String(line)));
  }
});
afterEach(() => void jest.restoreAllMocks());

describe('when an application shuts down', () => {
  it('an operation that runs ends in time, and then the backend is closed', async () => {
    const backend = new SlowBackend();
    const app = await boot([StorageModule.forRoot({ backend, shutdownTimeoutMs: 5000 })]);
    const put = app.get(StorageService).put('a', '1');
    await soon(0);
    setTimeout(backend.release, 50);
    const closing = close(app);
    expect(await put).toMatchObject({ key: 'a' });
    expect(backend.closed).toBe(0);
    expect(await closing).toBeLessThan(5000);
    expect(backend).toMatchObject({ closed: 1, aborted: 0 });
    expect(lines).toEqual([]);
  });

  it('an operation that takes too long is aborted, and a line says so', async () => {
    const backend = new SlowBackend();
    const app = await boot([StorageModule.forRoot({ name: 'docs', backend, shutdownTimeoutMs: 50 })]);
    const put = app.get<StorageService>(getStorageToken('docs')).put('a', '1');
    const refused = expect(put).rejects.toMatchObject({ code: 'ABORTED', reason: 'shutdown' });
    await soon(0);
    expect(await close(app)).toBeLessThan(3000);
    await refused;
    expect(backend).toMatchObject({ closed: 1, aborted: 1 });
    expect(lines).toEqual([
      'Storage "docs": 1 operations had not ended 50 ms after the shutdown began and were aborted',
    ]);
  });

  it('a body that nobody reads to its end is destroyed', async () => {
    const app = await boot([StorageModule.forRoot({ backend: new MemoryBackend(), shutdownTimeoutMs: 50 })]);
    const storage = app.get(StorageService);
    await storage.put('a', Buffer.alloc(1_000_000));
    const body = await storage.stream('a');
    const failed = new Promise((resolve) => body.once('error', resolve));
    expect(await close(app)).toBeLessThan(3000);
    expect(await failed).toMatchObject({ code: 'ABORTED' });
    expect(body.destroyed).toBe(true);
  });

  it('a body that is read in time is not cut, whose get still ran when the shutdown began', async () => {
    const backend = new MemoryBackend();
    const app = await boot([
      StorageModule.forRoot({ backend, shutdownTimeoutMs: 5000, layers: [delay(50)] }),
    ]);
    const storage = app.get(StorageService);
    await storage.put('a', Buffer.alloc(200_000));
    const body = storage.stream('a');
    await soon(0);
    const closing = close(app);
    let size = 0;
    for await (const chunk of await body) {
      await soon(20);
      size += (chunk as Buffer).length;
    }
    expect(size).toBe(200_000);
    expect(await closing).toBeLessThan(5000);
    expect(lines).toEqual([]);
  });

  it('operations that keep beginning neither delay it nor are cut while the servers still take them', async () => {
    const backend = new MemoryBackend();
    const app = await boot([
      StorageModule.forRoot({ backend, shutdownTimeoutMs: 5000, layers: [delay(20)] }),
    ]);
    const storage = app.get(StorageService);
    const codes: unknown[] = [];
    let busy = true;
    const work = async (): Promise<void> => {
      while (busy) {
        await storage.put('a', '1').catch((error: { code: unknown }) => {
          codes.push(error.code);
          return soon(1);
        });
      }
    };
    const workers = [0, 5, 10, 15].map((ms) => soon(ms).then(work));
    await soon(30);
    const took = await close(app);
    busy = false;
    await Promise.all(workers);
    expect(took).toBeLessThan(5000);
    expect(codes.filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
    expect(lines).toEqual([]);
  });

  it('a backend that hears no abort does not keep the application from closing', async () => {
    const backend = new SlowBackend();
    backend.deaf = true;
    const app = await boot([StorageModule.forRoot({ backend, shutdownTimeoutMs: 20 })]);
    const put = app.get(StorageService).put('a', '1');
    await soon(0);
    expect(await close(app)).toBeLessThan(DEFAULT_MS);
    expect(backend.closed).toBe(1);
    backend.release();
    await expect(put).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('what begins while the others are drained ends too', async () => {
    const backend = new SlowBackend();
    const app = await boot([StorageModule.forRoot({ backend, shutdownTimeoutMs: 1_500 })]);
    const storage = app.get(StorageService);
    const puts = [storage.put('a', '1')];
    await soon(0);
    const closing = close(app);
    await soon(50);
    puts.push(storage.put('b', '2'));
    const results = await Promise.allSettled(puts);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await closing).toBeLessThan(DEFAULT_MS);
    expect(backend).toMatchObject({ closed: 1, aborted: 2 });
  });

  it('the shutdown hooks of other modules still find the storage open, and nobody after them', async () => {
    const backend = new MemoryBackend();
    @Injectable()
    class Journal implements OnApplicationShutdown {
      constructor(readonly storage: StorageService) {}
      async onApplicationShutdown(): Promise<void> {
        await this.storage.put('last', 'words');
      }
    }
    const storageModule = StorageModule.forRoot({ backend, global: true });
    @Module({ providers: [Journal] })
    class Deeper {}
    @Module({ imports: [Deeper] })
    class Deep {}
    @Module({ imports: [Deep] })
    class Feature {}
    const app = await boot([storageModule, Feature]);
    const storage = app.get(StorageService);
    await close(app);
    expect((await backend.list({ prefix: '', limit: 1 })).objects).toMatchObject([{ key: 'last' }]);
    await expect(storage.text('last')).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'closed' });
    await expect(storage.put('a', '1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(lines).toEqual([]);
  });
});

describe('when a server shuts down', () => {
  it('uploads that stall are aborted, also one that begins meanwhile, so that the server can close', async () => {
    @Controller()
    class Uploads {
      constructor(private readonly storage: StorageService) {}
      @Post()
      upload(@Req() body: Request): Promise<ObjectInfo> {
        return this.storage.put('a', body);
      }
    }
    const module = await Test.createTestingModule({
      imports: [StorageModule.forRoot({ backend: new MemoryBackend(), shutdownTimeoutMs: 300 })],
      controllers: [Uploads],
    }).compile();
    const app = module.createNestApplication<NestExpressApplication>({ logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    const stall = (): { readonly upload: ClientRequest; readonly ended: Promise<unknown> } => {
      const upload = request({
        port,
        host: '127.0.0.1',
        method: 'POST',
        headers: { 'content-length': 1000 },
        agent: false,
      });
      upload.write('begin');
      const ended = new Promise((resolve) => upload.once('error', resolve).once('response', resolve));
      return { upload, ended };
    };

    const uploads = [stall()];
    await soon(100);
    const closing = close(app);
    await soon(50);
    uploads.push(stall());
    expect(await closing).toBeLessThan(DEFAULT_MS);
    await Promise.all(uploads.map(({ ended }) => ended));
    uploads.forEach(({ upload }) => upload.destroy());
    await expect(app.get(StorageService).exists('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a backend is closed', () => {
  it('once, when several storages share it', async () => {
    const backend = new SlowBackend();
    const app = await boot([
      StorageModule.forRoot({ name: 'a', backend }),
      StorageModule.forRoot({ name: 'b', backend }),
      StorageModule.forRootAsync({ name: 'c', useFactory: () => ({ backend }) }),
    ]);
    await close(app);
    expect(backend.closed).toBe(1);
  });

  it('once, when the application is closed twice', async () => {
    const backend = new SlowBackend();
    const app = await boot([StorageModule.forRoot({ backend })]);
    await Promise.all([close(app), close(app)]);
    await close(app);
    expect(backend.closed).toBe(1);
  });

  it('when another one fails to close, which is logged', async () => {
    const backends = [new SlowBackend(), new SlowBackend()] as const;
    backends[0].close = () => Promise.reject(new Error('no'));
    const app = await boot([
      StorageModule.forRoot({ name: 'a', backend: backends[0] }),
      StorageModule.forRoot({ name: 'b', backend: backends[1] }),
    ]);
    await close(app);
    expect(backends[1].closed).toBe(1);
    expect(lines).toEqual(['Storage "a": its backend (memory) did not close: no']);
  });

  it('within a bound, when it hangs', async () => {
    const backend = new SlowBackend();
    backend.close = () => new Promise(() => undefined);
    const app = await boot([StorageModule.forRoot({ backend, shutdownTimeoutMs: 10 })]);
    expect(await close(app)).toBeLessThan(DEFAULT_MS);
    expect(lines).toEqual([expect.stringContaining('did not close: it took longer than')]);
  });

  it('when its own storage cannot be made, unless another one has it', async () => {
    abstract class Missing {
      abstract act(): Promise<void>;
    }
    const [own, shared] = [new SlowBackend(), new SlowBackend()];
    await expect(boot([StorageModule.forRoot({ backend: own, requires: [Missing] })])).rejects.toThrow(
      'Missing',
    );
    expect(own.closed).toBe(1);
    const modules = ['a', 'a'].map((name) => StorageModule.forRoot({ name, backend: shared }));
    await expect(boot(modules)).rejects.toThrow('two storages');
    expect(shared.closed).toBe(0);
  });

  it('when the start failed after the storage was made', async () => {
    const backend = new SlowBackend();
    @Injectable()
    class Broken {
      onModuleInit(): void {
        throw new Error('no database');
      }
    }
    const app = await Test.createTestingModule({
      imports: [StorageModule.forRoot({ backend })],
      providers: [Broken],
    }).compile();
    await expect(app.init()).rejects.toThrow('no database');
    await close(app);
    expect(backend.closed).toBe(1);
  });
});
