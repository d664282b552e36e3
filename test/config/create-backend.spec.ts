import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBackend } from '../../src/config/create-backend.js';
import { readEnv, type StorageEnv } from '../../src/config/env.js';
import { StorageService } from '../../src/storage/storage.service.js';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'create-backend-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const env = (STORAGE_PROVIDER: string): StorageEnv => {
  const values: Readonly<Record<string, string>> = { STORAGE_PROVIDER, STORAGE_LOCAL_ROOT: root };
  return readEnv((name) => values[name]);
};

describe('createBackend', () => {
  it('gives the default storage the root and a named one a folder in it', async () => {
    for (const [name, file] of [
      ['default', 'a/b.txt'],
      ['documents', 'documents/a/b.txt'],
    ] as const) {
      const backend = await createBackend(env('local'), name);
      await new StorageService(name, backend).put('a/b.txt', name);
      expect(backend.kind).toBe('local');
      expect(await readFile(join(root, file), 'utf8')).toBe(name);
      await backend.close?.();
    }
  });

  it.each(['s3', 'minio'])('says that %s does not exist yet', async (provider) => {
    await expect(createBackend(env(provider), 'documents')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      storage: 'documents',
      message: `STORAGE_PROVIDER is "${provider}", which is not supported yet: pass local`,
    });
  });
});
