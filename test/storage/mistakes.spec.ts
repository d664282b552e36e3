import { describe, expect, it } from '@jest/globals';
import { Injectable, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { Layer } from '../../src/core/layer.js';
import { log } from '../../src/layers/log.js';
import { readOnly } from '../../src/layers/read-only.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import type { StorageModuleOptions } from '../../src/storage/storage.options.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { InjectStorage } from '../../src/storage/storage.tokens.js';
import { boot } from './boot.js';

abstract class S3Versioning {
  abstract versions(): Promise<void>;
}
abstract class Presigning {
  abstract url(): Promise<void>;
}
@Injectable()
class Default {
  constructor(readonly storage: StorageService) {}
}
@Module({})
class Other {}

const backend = new MemoryBackend();
const root = (options: object): DynamicModule => StorageModule.forRoot(options as StorageModuleOptions);
const byFactory = (result: unknown): DynamicModule =>
  StorageModule.forRootAsync({ useFactory: () => result as StorageModuleOptions });

async function mistake(make: () => DynamicModule | readonly DynamicModule[]): Promise<unknown> {
  try {
    const app = await boot([make()].flat());
    await app.close();
  } catch (error) {
    return error;
  }
  throw new Error('It started');
}

describe('a mistake ends the start of the application', () => {
  it.each<[string, () => DynamicModule, string]>([
    ['no options', () => root(undefined as never), 'forRoot got undefined: pass { backend: … }'],
    [
      'no backend',
      () => root({}),
      'backend of storage "default" is undefined: pass an object that implements',
    ],
    [
      'a class',
      () => root({ name: 'x', backend: MemoryBackend }),
      'backend of storage "x" is the class MemoryBackend: pass an instance, new MemoryBackend(…)',
    ],
    [
      'no backend but something else',
      () => root({ backend: { kind: 'mine', put() {}, get() {} } }),
      'backend of storage "default" is no StorageBackend, it has no head, delete, list, copy, errorCode: pass',
    ],
    [
      'a backend without a kind',
      () => root({ backend: Object.assign(new MemoryBackend(), { kind: '' }) }),
      'has the kind "": give it a short name',
    ],
    [
      'a promise of a backend',
      () => root({ backend: Promise.resolve(backend) }),
      'is a promise: await it in the useFactory of forRootAsync',
    ],
    ['a secret for a backend', () => root({ backend: { secret: 'hunter2' } }), 'is no StorageBackend'],
    [
      'a factory that returns nothing',
      () => byFactory(undefined),
      'the options of storage "default" are undefined: return { backend: … } from the factory',
    ],
    [
      'a factory that returns the name',
      () => byFactory({ name: 'x', backend }),
      'the factory of storage "default" gives name: pass name to forRootAsync itself, beside the factory',
    ],
    [
      'an unknown option',
      () => root({ backend, layer: [] }),
      'storage "default" has no option layer: its options are backend, layers, requires, keys, publicUrl, ' +
        'shutdownTimeoutMs, maxTransferMemory, and beside them name, global',
    ],
    [
      'layers that are none',
      () => root({ backend, layers: [1] }),
      'layers of storage "default" are an array with a number: pass an array of layers',
    ],
    [
      'a layer that was not made',
      () => root({ backend, layers: [readOnly(), log] }),
      'layers of storage "default" have log, which makes a layer: call it, log(…)',
    ],
    [
      'one layer',
      () => root({ backend, layers: () => 1 }),
      'layers of storage "default" are a function: pass an',
    ],
    ['requires by name', () => root({ backend, requires: ['x'] }), 'pass an array of capability classes'],
    [
      'keys that make none',
      () => root({ backend, keys: 'x' }),
      'keys of storage "default" is "x": pass a function',
    ],
    [
      'a timeout that is none',
      () => root({ backend, shutdownTimeoutMs: -1 }),
      'shutdownTimeoutMs of storage "default" is -1: pass milliseconds, 0 to 2147483647',
    ],
    ['an empty name', () => root({ name: '', backend }), 'name is "": pass a string that is not empty'],
    ['a blank name', () => root({ name: '  ', backend }), 'name is "  ": pass a string'],
    ['a name that is none', () => root({ name: 7, backend }), 'name is 7: pass a string'],
    ['a name of null', () => root({ name: null, backend }), 'name is null: pass a string'],
    [
      'no factory',
      () => StorageModule.forRootAsync({}),
      'takes one of useFactory, useClass and useExisting, and got none',
    ],
    [
      'two factories',
      () => StorageModule.forRootAsync({ useFactory: () => ({ backend }), useClass: Other as never }),
      'and got useFactory and useClass',
    ],
    [
      'a backend beside the factory',
      () => StorageModule.forRootAsync({ backend, useFactory: () => ({ backend }) } as never),
      'forRootAsync got backend: return it from useFactory, or call forRoot',
    ],
    [
      'an unknown option beside the factory',
      () => StorageModule.forRootAsync({ useFactory: () => ({ backend }), isGlobal: true } as never),
      'forRootAsync has no option isGlobal: its options are name, global,',
    ],
    ['fromConfig with a list', () => StorageModule.fromConfig(['a'] as never), 'fromConfig got an array'],
    [
      'fromConfig with no names',
      () => StorageModule.fromConfig({ names: [] }),
      'names is an empty array: pass',
    ],
    [
      'fromConfig with a name twice',
      () => StorageModule.fromConfig({ names: ['a', 'b', 'a'] }),
      'names has "a" twice: name each storage once',
    ],
    [
      'fromConfig with a backend',
      () => StorageModule.fromConfig({ backend } as never),
      'fromConfig has no option backend: its options are names, global, layers,',
    ],
  ])('%s', async (_case, make, message) => {
    const error = await mistake(make);
    expect(error).toMatchObject({
      name: 'StorageError',
      code: 'INVALID_ARGUMENT',
      reason: 'config',
      message: expect.stringContaining(message),
    });
    expect((error as Error).message).toMatch(/^StorageModule: /);
    expect((error as Error).message).not.toContain('hunter2');
  });

  it.each<[string, readonly Provider[]]>([
    ['nobody needs', []],
    [
      'somebody injects',
      [{ provide: 'files', useFactory: (storage: StorageService) => storage, inject: [StorageService] }],
    ],
    ['a class injects', [Default]],
  ])('the class StorageModule itself, whose storage %s', async (_who, providers) => {
    const other = root({ name: 'x', backend });
    for (const imports of [
      [StorageModule],
      [other, StorageModule],
      [StorageModule, other],
      [{ module: Other, imports: [StorageModule] }, other],
    ]) {
      await expect(boot(imports, [...providers])).rejects.toMatchObject({
        name: 'StorageError',
        code: 'INVALID_ARGUMENT',
        reason: 'config',
        message:
          'StorageModule: the class itself is imported, which has no storage: ' +
          'import StorageModule.forRoot({ backend: … }), forRootAsync or fromConfig',
      });
    }
  });

  it('a capability that the backend has not', async () => {
    expect(
      await mistake(() => root({ name: 'docs', backend, requires: [S3Versioning, Presigning] })),
    ).toMatchObject({
      code: 'UNSUPPORTED',
      storage: 'docs',
      message:
        'StorageModule: storage "docs" requires S3Versioning, Presigning, which its backend (memory) has not: ' +
        'take a backend that has it, or leave it out of requires',
    });
  });

  it('two storages with one name', async () => {
    const twice = (): DynamicModule[] => [root({ name: 'x', backend }), root({ name: 'x', backend })];
    expect(await mistake(twice)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(
        'two storages are named "x" in this application. Give one another name',
      ),
    });
    expect(await mistake(() => [root({ backend }), byFactory({ backend })])).toMatchObject({
      message: expect.stringContaining('two storages are named "default"'),
    });
  });

  it('an injected storage that does not exist', async () => {
    @Injectable()
    class Files {
      constructor(@InjectStorage('docs') readonly docs: StorageService) {}
    }
    await expect(boot([root({ backend })], [Files])).rejects.toThrow('Symbol(nestjs-stowage:storage:docs)');
  });
});

describe('what is no mistake', () => {
  it('is a capability that the backend has', async () => {
    class Capable extends MemoryBackend {
      override capability<T extends object>(): T {
        return {} as T;
      }
    }
    const app = await boot([root({ backend: new Capable(), requires: [Presigning] })]);
    expect(app.get(StorageService).supports(Presigning)).toBe(true);
    await app.close();
  });

  it('is a layer of few declared parameters', async () => {
    const layer = ((...args: Parameters<Layer>) => args[1](args[0])) as Layer;
    const app = await boot([root({ backend, layers: [layer] })]);
    expect(await app.get(StorageService).exists('a')).toBe(false);
    await app.close();
  });

  it('is one module that several import, and one name in two applications', async () => {
    const module = root({ name: 'x', backend });
    const apps = await Promise.all([boot([module, { module: Other, imports: [module] }]), boot([module])]);
    await Promise.all(apps.map((app) => app.close()));
  });
});
