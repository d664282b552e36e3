import { describe, expect, it } from '@jest/globals';
import { Global, Inject, Injectable, Module, type DynamicModule } from '@nestjs/common';
import { MulterModule } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { Layer } from '../../src/core/layer.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import type { StorageModuleOptions } from '../../src/storage/storage.options.js';
import { StorageService } from '../../src/storage/storage.service.js';
import {
  getBackendToken,
  getStorageToken,
  InjectStorage,
  STORAGE_BACKEND,
} from '../../src/storage/storage.tokens.js';
import type { StorageBackend } from '../../src/core/backend.js';
import { boot } from './boot.js';

const memory = (): StorageModuleOptions => ({ backend: new MemoryBackend() });

@Injectable()
class Factory {
  constructor(readonly backend: MemoryBackend) {}

  createStorageOptions(): Promise<StorageModuleOptions> {
    return Promise.resolve({ backend: this.backend });
  }
}

@Module({ providers: [MemoryBackend, Factory], exports: [MemoryBackend, Factory] })
class FactoryModule {}

describe('StorageModule', () => {
  it('gives an application several storages that share nothing', async () => {
    const app = await boot([
      StorageModule.forRoot(memory()),
      StorageModule.forRoot({ name: 'a', ...memory() }),
      StorageModule.forRootAsync({ name: 'b', useFactory: memory }),
    ]);
    const storages = [StorageService, getStorageToken('a'), getStorageToken('b')].map((token) =>
      app.get<StorageService>(token),
    );
    await Promise.all(storages.map((storage) => storage.put('key', storage.name)));
    expect(await Promise.all(storages.map((storage) => storage.text('key')))).toEqual(['default', 'a', 'b']);
    await app.close();
  });

  it('injects storages and layered backends by their tokens', async () => {
    @Injectable()
    class Files {
      constructor(
        readonly storage: StorageService,
        @InjectStorage() readonly same: StorageService,
        @InjectStorage('docs') readonly docs: StorageService,
        @Inject(STORAGE_BACKEND) readonly backend: StorageBackend,
        @Inject(getBackendToken('docs')) readonly docsBackend: StorageBackend,
      ) {}
    }
    const app = await boot(
      [StorageModule.forRoot(memory()), StorageModule.forRoot({ name: 'docs', ...memory() })],
      [Files],
    );
    const { storage, same, docs, backend, docsBackend } = app.get(Files);
    expect(same).toBe(storage);
    await storage.put('a', '1');
    await docs.put('b', '2');
    expect((await backend.list({ prefix: '', limit: 9 })).objects).toMatchObject([{ key: 'a' }]);
    expect((await docsBackend.list({ prefix: '', limit: 9 })).objects).toMatchObject([{ key: 'b' }]);
    await expect(backend.put('../x', Buffer.from(''), {})).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await app.close();
  });

  it.each<[string, (backend: MemoryBackend) => DynamicModule]>([
    ['forRoot', (backend) => StorageModule.forRoot({ backend })],
    ['useFactory', (backend) => StorageModule.forRootAsync({ useFactory: () => ({ backend }) })],
    [
      'useFactory that is async',
      (backend) => StorageModule.forRootAsync({ useFactory: () => Promise.resolve({ backend }) }),
    ],
  ])('takes its options from %s', async (_way, make) => {
    const backend = new MemoryBackend();
    const app = await boot([make(backend)]);
    await app.get(StorageService).put('a', '1');
    expect((await backend.list({ prefix: '', limit: 9 })).objects).toHaveLength(1);
    await app.close();
  });

  it.each<[string, DynamicModule]>([
    [
      'useFactory with inject',
      StorageModule.forRootAsync({
        imports: [FactoryModule],
        inject: [MemoryBackend],
        useFactory: (backend: MemoryBackend) => ({ backend }),
      }),
    ],
    ['useClass', StorageModule.forRootAsync({ imports: [FactoryModule], useClass: Factory })],
    ['useExisting', StorageModule.forRootAsync({ imports: [FactoryModule], useExisting: Factory })],
  ])('takes what it depends on by %s', async (_way, module) => {
    const app = await boot([module]);
    await app.get(StorageService).put('a', '1');
    const backend = app.get(MemoryBackend, { strict: false });
    expect((await backend.list({ prefix: '', limit: 9 })).objects).toHaveLength(1);
    await app.close();
  });

  it('is visible everywhere when it is global, and only there', async () => {
    @Injectable()
    class Reader {
      constructor(@InjectStorage('docs') readonly docs: StorageService) {}
    }
    @Module({ providers: [Reader] })
    class Feature {}
    const app = await boot([StorageModule.forRoot({ name: 'docs', global: true, ...memory() }), Feature]);
    expect(app.get(Reader, { strict: false }).docs.name).toBe('docs');
    await app.close();
    await expect(boot([StorageModule.forRoot({ name: 'docs', ...memory() }), Feature])).rejects.toThrow(
      'nestjs-stowage:storage:docs',
    );
  });

  it('puts layers around operations, the first one outermost, and builds keys as asked', async () => {
    const calls: string[] = [];
    const trace =
      (name: string): Layer =>
      (operation, next) => {
        calls.push(name);
        return next(operation);
      };
    const app = await boot([
      StorageModule.forRoot({
        ...memory(),
        layers: [trace('outer'), trace('inner')],
        keys: ({ group }) => `made/${group}`,
      }),
    ]);
    const storage = app.get(StorageService);
    await storage.put('a', '1');
    expect(calls).toEqual(['outer', 'inner']);
    expect(storage.newKey({ group: 'ann' })).toBe('made/ann');
    await app.close();
  });

  it('keeps live backends out of the metadata of modules', () => {
    const circular = new MemoryBackend() as MemoryBackend & { self?: unknown };
    circular.self = circular;
    expect(() => JSON.stringify(StorageModule.forRoot({ backend: circular }))).not.toThrow();
  });

  it('serves MulterModule.registerAsync', async () => {
    const uploads = StorageModule.forRoot({ name: 'uploads', ...memory() });
    const multer = MulterModule.registerAsync({
      imports: [uploads],
      inject: [getStorageToken('uploads')],
      useFactory: (storage: StorageService) => ({ dest: storage.name }),
    });
    const app = await boot([uploads, multer]);
    expect(app.get('MULTER_MODULE_OPTIONS', { strict: false })).toEqual({ dest: 'uploads' });
    await app.close();
  });

  it('can be overridden in a test like any provider', async () => {
    const backend = new MemoryBackend();
    const app = await Test.createTestingModule({ imports: [StorageModule.forRoot(memory())] })
      .overrideProvider(STORAGE_BACKEND)
      .useValue(backend)
      .compile();
    await app.get(StorageService).put('a', '1');
    expect((await backend.list({ prefix: '', limit: 9 })).objects).toHaveLength(1);
    await app.close();
  });

  it('may be exported by a shared module', async () => {
    @Global()
    @Module({
      imports: [StorageModule.forRoot({ name: 'docs', ...memory() })],
      exports: [StorageModule],
    })
    class Shared {}
    @Injectable()
    class Reader {
      constructor(@InjectStorage('docs') readonly docs: StorageService) {}
    }
    const app = await boot([Shared], [Reader]);
    expect(app.get(Reader).docs.name).toBe('docs');
    await app.close();
  });
});
