import { describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageHttpModule, UploadInterceptor, type StorageHttpOptions } from '../../src/http/index.js';
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
    ['an unknown option of its own', { storages: { documents }, authorize, auth: 1 }, 'has no option auth'],
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
    ['a base that is no URL', { storages: { documents }, authorize, baseUrl: 'x' }, 'baseUrl is no URL'],
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

  it('an interceptor with bad rules', () => {
    expect(() => UploadInterceptor('file', { types: ['png'] })).toThrow(
      'types of UploadInterceptor has "png"',
    );
  });
});
