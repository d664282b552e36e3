import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { getStorageToken, STORAGE_BACKEND } from '../../src/storage/storage.tokens.js';

describe('StorageModule', () => {
  it('gives an application several storages that share nothing', async () => {
    const module = await Test.createTestingModule({
      imports: [
        StorageModule.forRoot({ backend: new MemoryBackend() }),
        StorageModule.forRoot({ name: 'a', backend: new MemoryBackend() }),
        StorageModule.forRootAsync({ name: 'b', useFactory: () => ({ backend: new MemoryBackend() }) }),
      ],
    }).compile();
    const storages = [StorageService, getStorageToken('a'), getStorageToken('b')].map((token) =>
      module.get<StorageService>(token),
    );
    await Promise.all(storages.map((storage) => storage.put('key', storage.name)));
    expect(await Promise.all(storages.map((storage) => storage.text('key')))).toEqual(['default', 'a', 'b']);
    expect(module.get(STORAGE_BACKEND)).toBeDefined();
    await module.close();
    await expect(storages[0]?.text('key')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
