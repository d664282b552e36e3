import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Inject, Injectable, Logger, Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';
import { StorageConfig } from '../../src/config/storage-config.js';
import { StorageConfigModule } from '../../src/config/storage-config.module.js';
import { readOnly } from '../../src/layers/read-only.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { getStorageToken, InjectStorage, STORAGE_BACKEND } from '../../src/storage/storage.tokens.js';
import { boot } from '../storage/boot.js';

let root: string;
const warnings: string[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'from-config-'));
  warnings.length = 0;
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((line) => void warnings.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

/** A global ConfigModule of these values and of nothing else. */
const configOf = (values: Readonly<Record<string, unknown>>): Promise<DynamicModule> =>
  ConfigModule.forRoot({
    isGlobal: true,
    ignoreEnvFile: true,
    skipProcessEnv: true,
    load: [() => ({ STORAGE_LOCAL_ROOT: root, ...values })],
  });

/** Runs `work` with a ConfigModule of a file; it copies what it reads into the environment of the process. */
async function withFile(
  envFilePath: string,
  work: (config: Promise<DynamicModule>) => Promise<void>,
): Promise<void> {
  const before = { ...process.env };
  try {
    await work(ConfigModule.forRoot({ isGlobal: true, envFilePath, ignoreEnvVars: true }));
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  }
}

describe('StorageModule.fromConfig', () => {
  it('gives the default storage, by class and by token', async () => {
    @Injectable()
    class Files {
      constructor(
        readonly storage: StorageService,
        @Inject(STORAGE_BACKEND) readonly backend: StorageBackend,
      ) {}
    }
    const app = await boot([configOf({}), StorageModule.fromConfig()], [Files]);
    const { storage, backend } = app.get(Files);
    await storage.put('a/b.txt', 'hello');
    expect(backend.kind).toBe('local');
    expect(await readFile(join(root, 'a/b.txt'), 'utf8')).toBe('hello');
    await app.close();
    await expect(storage.text('a/b.txt')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('takes where anyone reads a storage from the environment, unless it is passed', async () => {
    const urls = {
      STORAGE_CDN_URL: 'https://cdn.example.com',
      STORAGE_CDN_URL_USER_FILES: 'https://files.example.com/u/',
    };
    const own = StorageModule.fromConfig({ names: ['audio'], publicUrl: 'https://audio.example.com' });
    const app = await boot([
      configOf({ ...urls, STORAGE_CDN_URL_AUDIO: 'https://other.example.com' }),
      StorageModule.fromConfig({ names: ['default', 'user-files', 'images'] }),
      own,
    ]);
    const urlOf = (token: string | symbol | typeof StorageService) =>
      app.get<StorageService>(token, { strict: false }).publicUrl('a b.png');
    expect(urlOf(StorageService)).toBe('https://cdn.example.com/a%20b.png');
    expect(urlOf(getStorageToken('user-files'))).toBe('https://files.example.com/u/a%20b.png');
    expect(urlOf(getStorageToken('audio'))).toBe('https://audio.example.com/a%20b.png');
    expect(() => urlOf(getStorageToken('images'))).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    await app.close();
  });

  it('gives each name a folder of its own, and no default storage', async () => {
    @Injectable()
    class Files {
      constructor(
        @InjectStorage('documents') readonly documents: StorageService,
        @InjectStorage('images') readonly images: StorageService,
      ) {}
    }
    const storages = StorageModule.fromConfig({ names: ['documents', 'images'], layers: [] });
    const app = await boot([configOf({ STORAGE_DURABILITY: 'rename' }), storages], [Files]);
    const { documents, images } = app.get(Files);
    await Promise.all([documents.put('a.txt', 'document'), images.put('a.txt', 'image')]);
    expect(await readFile(join(root, 'documents/a.txt'), 'utf8')).toBe('document');
    expect(await readFile(join(root, 'images/a.txt'), 'utf8')).toBe('image');
    expect(() => app.get(StorageService)).toThrow('StorageService');
    await app.close();
  });

  it('is global when asked, stands beside other storages, and puts its layers around every name', async () => {
    @Injectable()
    class Reader {
      constructor(@InjectStorage('documents') readonly documents: StorageService) {}
    }
    @Module({ providers: [Reader] })
    class Feature {}
    const app = await boot([
      configOf({}),
      StorageModule.fromConfig({ names: ['documents'], global: true, layers: [readOnly()] }),
      StorageModule.fromConfig({ names: ['audio'] }),
      StorageModule.forRoot({ backend: new MemoryBackend() }),
      Feature,
    ]);
    const { documents } = app.get(Reader, { strict: false });
    await expect(documents.put('a', '1')).rejects.toMatchObject({ reason: 'read-only' });
    await app.get<StorageService>(getStorageToken('audio')).put('a', '1');
    await app.get(StorageService).put('a', '1');
    await app.close();
  });

  it('reads a .env file', async () => {
    const envFilePath = join(root, 'test.env');
    await writeFile(envFilePath, `STORAGE_LOCAL_ROOT=" ${join(root, 'files')} "\nSTORAGE_PROVIDER=\n`);
    await withFile(envFilePath, async (config) => {
      const app = await boot([config, StorageModule.fromConfig()]);
      await app.get(StorageService).put('a', '1');
      expect(await readFile(join(root, 'files/a'), 'utf8')).toBe('1');
      await app.close();
    });
  });

  it('starts with a copy of .env.example', async () => {
    const example = fileURLToPath(new URL('../../.env.example', import.meta.url));
    await withFile(example, async (config) => {
      const app = await boot([config, StorageModule.fromConfig({ names: ['default', 'documents'] })]);
      expect(app.get<StorageBackend>(STORAGE_BACKEND).kind).toBe('local');
      expect(warnings).toEqual([]);
      await app.close();
    });
  });

  it('needs a global ConfigModule, and says how to get it', async () => {
    const message =
      'StorageModule.fromConfig finds no ConfigService: add ConfigModule.forRoot({ isGlobal: true })';
    await expect(boot([StorageModule.fromConfig()])).rejects.toThrow(message);
    await expect(
      boot([ConfigModule.forRoot({ ignoreEnvFile: true }), StorageModule.fromConfig()]),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
  });

  it('ends the start with all problems, and none of the secrets', async () => {
    const values = { S3_USE_SSL: 'x', MAX_UPLOAD_SIZE: 'y', S3_SECRET_KEY: 'hun\u0000ter2' };
    const error: unknown = await boot([configOf(values), StorageModule.fromConfig({ names: ['a b'] })]).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    const { message, stack } = error as Error;
    for (const name of ['"a b"', 'S3_USE_SSL', 'MAX_UPLOAD_SIZE', 'S3_SECRET_KEY is ***']) {
      expect(message).toContain(name);
    }
    expect(`${message}${stack}`).not.toContain('ter2');
  });

  it('ends the start when a storage has no bucket', async () => {
    await expect(
      boot([configOf({ STORAGE_PROVIDER: 's3' }), StorageModule.fromConfig({ names: ['documents'] })]),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'config',
      message: expect.stringMatching(
        /S3_BUCKET is not set: the storage "documents" has no bucket: set it, or S3_BUCKET_DOCUMENTS$/,
      ) as unknown,
    });
  });

  it('warns once of what is not acted upon, by name alone', async () => {
    const values = { ENABLE_STORAGE_ENCRYPTION: true, STORAGE_RETENTION_DAYS: 3, S3_BUCKET: 'files' };
    const app = await boot([
      configOf(values),
      StorageModule.fromConfig({ names: ['a', 'b'] }),
      StorageModule.fromConfig({ names: ['c'] }),
    ]);
    expect(warnings).toEqual([
      'Set, but not acted upon yet: ENABLE_STORAGE_ENCRYPTION, STORAGE_RETENTION_DAYS',
    ]);
    await app.close();
  });
});

describe('a name that nothing reads', () => {
  it('is warned of once when it seems to be a slip, and its value is not shown', async () => {
    const slips = {
      S3_BUKCET: 'hunter2',
      S3_REGON: 'hunter2',
      S3_ACCESS_KEY_ID: 'hunter2',
      S3_BUCKET_PAPER: 'hunter2',
      STORAGE_PROVIDR: 'hunter2',
    };
    // Of others, of another provider, and what the ConfigService does not give.
    const others = {
      S3_HOST: 'x',
      MINIO_ROOT_USER: 'x',
      MINIO_REGON: 'x',
      STORAGE: 'x',
      S3_BUCKET_NOTES: 'x',
    };
    const values = { STORAGE_PROVIDER: 's3', S3_BUCKET: 'files', ...slips, ...others };
    const before = { ...process.env };
    Object.assign(process.env, slips, others, { S3_REGIN: 'x' });
    try {
      const names = ['papers', 'images'];
      const app = await boot([configOf(values), StorageModule.fromConfig({ names })]);
      expect([...warnings].sort()).toEqual([
        'S3_ACCESS_KEY_ID is set, and nothing reads it: is S3_ACCESS_KEY meant?',
        'S3_BUCKET_PAPER is set, and nothing reads it: is S3_BUCKET_PAPERS meant?',
        'S3_BUKCET is set, and nothing reads it: is S3_BUCKET meant?',
        'S3_REGON is set, and nothing reads it: is S3_REGION meant?',
        'STORAGE_PROVIDR is set, and nothing reads it: is STORAGE_PROVIDER meant?',
      ]);
      await app.close();
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    }
  });
});

describe('StorageConfig', () => {
  it('gives other modules what was read, such as the limit of uploads', async () => {
    const app = await boot([configOf({ MAX_FILE_SIZE_MB: 7 }), StorageConfigModule]);
    expect(app.get(StorageConfig, { strict: false }).env().maxUploadSize).toBe(7 * 1024 ** 2);
    expect(app.get(ConfigService, { strict: false })).toBeDefined();
    await app.close();
  });
});
