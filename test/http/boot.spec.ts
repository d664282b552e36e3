import { describe, expect, it } from '@jest/globals';
import { Controller, Post, UseInterceptors } from '@nestjs/common';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import {
  StorageHttpModule,
  storageMulterOptions,
  UploadInterceptor,
  UploadsInterceptor,
  type StorageHttpOptions,
  type UploadOptions,
  type UploadRules,
} from '../../src/http/index.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { thrown } from '../support/errors.js';
import { boot, storages } from './harness.js';

const start = async (options: unknown): Promise<void> => {
  const server = await boot([
    storages({ documents: new MemoryBackend() }),
    StorageHttpModule.forRoot(options as StorageHttpOptions),
  ]);
  await server.close();
};
const documents = { operations: ['get'] };
const authorize = (): boolean => true;

describe('A mistake ends the start:', () => {
  it.each<[string, unknown, string]>([
    ['no options', undefined, 'forRoot got no options: pass { storages: …, authorize: … }'],
    [
      'no authorize',
      { storages: { documents } },
      'authorize is undefined: pass a function that decides each request',
    ],
    ['authorize that is no function', { storages: { documents }, authorize: true }, 'authorize is a boolean'],
    ['no storages', { authorize }, 'storages is undefined'],
    ['empty storages', { storages: {}, authorize }, 'storages is empty'],
    [
      'no operations',
      { storages: { documents: {} }, authorize },
      'operations of storage "documents" is undefined',
    ],
    [
      'an unknown operation',
      { storages: { documents: { operations: ['put'] } }, authorize },
      'has "put": there are "upload"',
    ],
    [
      'an unknown option',
      { storages: { documents: { ...documents, maxsize: 1 } }, authorize },
      'has no option maxsize',
    ],
    [
      'an unknown option of its own',
      { storages: { documents }, authorize, helth: true },
      'has no option helth: its options are storages, authorize, principal, secret, owner, baseUrl, presign, ' +
        'and beside them prefix, health, guards',
    ],
    [
      'an unknown limit of the form',
      { storages: { documents: { ...documents, form: { field: 1 } } }, authorize },
      'form of storage "documents" has no option field: its options are fields,',
    ],
    [
      'an unknown option of the health check',
      { storages: { documents }, authorize, health: { timeout: 1 } },
      'health has no option timeout: its options are timeoutMs',
    ],
    [
      'a size of 0',
      { storages: { documents: { ...documents, maxSize: 0 } }, authorize },
      'maxSize of storage "documents" is 0',
    ],
    [
      'a size as text',
      { storages: { documents: { ...documents, maxSize: '5MB' } }, authorize },
      'is string: pass a whole number',
    ],
    [
      'a type that is none',
      { storages: { documents: { ...documents, types: ['png'] } }, authorize },
      'has "png": pass "image/png"',
    ],
    ['a reserved name', { storages: { v1: documents }, authorize }, 'the name "v1" is reserved'],
    ['a name that is no segment', { storages: { 'a/b': documents }, authorize }, 'a storage is named "a/b"'],
    ['a name of dots', { storages: { '..': documents }, authorize }, 'a storage is named ".."'],
    ['a prefix that is no path', { storages: { documents }, authorize, prefix: ':x' }, 'prefix is ":x"'],
    ['a base that is no URL', { storages: { documents }, authorize, baseUrl: 'x' }, 'baseUrl is no such URL'],
    [
      'a base without a scheme',
      { storages: { documents }, authorize, baseUrl: 'localhost:3000' },
      'baseUrl is no such URL',
    ],
    [
      'a base with a query',
      { storages: { documents }, authorize, baseUrl: 'https://files.example.com?a' },
      'baseUrl is no such URL',
    ],
    [
      'URLs without an end',
      { storages: { documents }, authorize, presign: { maxExpiresIn: 604_801 } },
      'presign.maxExpiresIn is 604801: pass seconds from 1 to 604800',
    ],
    [
      'a limit of URLs that is none',
      { storages: { documents }, authorize, presign: { maxExpires: 5 } },
      'presign has no option maxExpires: its options are maxExpiresIn',
    ],
    [
      'a health check without time',
      { storages: { documents }, authorize, health: { timeoutMs: 0 } },
      'health.timeoutMs is 0',
    ],
    [
      'a storage that the application has not',
      { storages: { images: documents }, authorize },
      'it serves a storage "images", which this application has not: add StorageModule.forRoot({ name: \'images\', backend: … })',
    ],
    [
      'the default storage missing',
      { storages: { default: documents }, authorize },
      'add StorageModule.forRoot({ backend: … })',
    ],
    [
      'an authorizer that nobody provides',
      {
        storages: { documents },
        authorize: class Rules {
          authorize = authorize;
          static {
            this.prototype.authorize = authorize;
          }
        },
      },
      'authorize is the class Rules, which no module provides',
    ],
  ])('%s', async (_name, options, message) => {
    const error: unknown = await start(options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    expect((error as Error).message).toContain(message);
  });

  it('a factory that gives what belongs beside it', async () => {
    const module = StorageHttpModule.forRootAsync({
      useFactory: () => ({ storages: { documents }, authorize, prefix: 'x' }) as never,
    });
    await expect(boot([storages({ documents: new MemoryBackend() }), module])).rejects.toThrow(
      'the factory gives prefix: pass it to forRootAsync itself',
    );
  });

  it.each<[string, unknown, string]>([
    ['a type that is none', { types: ['png'] }, 'types of UploadInterceptor has "png"'],
    [
      'an unknown rule',
      { maxsize: 'hunter2' },
      'UploadInterceptor has no option maxsize: its options are maxSize, maxFiles, types, sniff, key, group, form, scanner,',
    ],
    [
      'an unknown limit of the form',
      { form: { field: 1 } },
      'form of UploadInterceptor has no option field: its options are fields, fieldSize,',
    ],
    ['a sniff that is no boolean', { sniff: 'hunter2' }, 'sniff of UploadInterceptor is a string: pass true'],
    ['a form that is none', { form: 'hunter2' }, 'form of UploadInterceptor is a string: pass'],
    ['a scope that is no function', { scope: 'hunter2' }, 'scope of UploadInterceptor is a string: pass'],
    ['a storage that is no name', { storage: MemoryBackend }, 'storage of UploadInterceptor is a function'],
    ['a name for the options', 'hunter2', 'the options of UploadInterceptor are a string: pass'],
  ])('an interceptor with %s', (_name, options, message) => {
    const error = thrown(() => UploadInterceptor('file', options as UploadOptions));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('hunter2');
  });

  it('an interceptor of several files with an unknown rule', () => {
    expect(() => UploadsInterceptor('files', { maxfiles: 2 } as UploadOptions)).toThrow(
      'UploadsInterceptor has no option maxfiles',
    );
  });

  it.each(['express', 'fastify'] as const)('two imports with the same paths, on %s', async (adapter) => {
    const serve = (prefix?: string) =>
      StorageHttpModule.forRoot({
        storages: { documents: { operations: ['get'] } },
        authorize,
        ...(prefix && { prefix }),
      });
    const kept = storages({ documents: new MemoryBackend() });
    await expect(boot([kept, serve(), serve('/api/')], { adapter })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'config',
      message: expect.stringContaining('imported twice for the paths below "/api/"'),
    });
    const server = await boot([kept, serve(), serve('files')], { adapter });
    await server.close();
  });

  it('an interceptor of a storage that its module has not', async () => {
    @Controller('files')
    class FileController {
      @Post()
      @UseInterceptors(UploadInterceptor('file', { storage: 'images' }))
      upload(): void {}
    }
    const started = boot([storages({ documents: new MemoryBackend() })], { controllers: [FileController] });
    await expect(started).rejects.toThrow(/dependencies of the StorageUploadInterceptor_.*storage:images/);
  });

  it('rules for MulterModule that are none of theirs', () => {
    expect(() => storageMulterOptions({} as StorageService, { scope: 'x' } as UploadRules)).toThrow(
      'storageMulterOptions has no option scope: its options are maxSize,',
    );
  });
});
