import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { getBackendToken, InjectStorage } from '../../src/storage/storage.tokens.js';
import { overrideStorage } from '../../src/testing/index.js';
import { failure } from '../support/errors.js';

@Injectable()
class Documents {
  constructor(
    @InjectStorage('documents') readonly documents: StorageService,
    readonly other: StorageService,
  ) {}
}

describe('overrideStorage', () => {
  it('puts a fake in the place of one storage, whose real backend is never made', async () => {
    const builder = Test.createTestingModule({
      imports: [
        StorageModule.forRootAsync({
          name: 'documents',
          useFactory: () => {
            throw new Error('no credentials here');
          },
        }),
        StorageModule.forRoot({ backend: new MemoryBackend() }),
      ],
      providers: [Documents],
    });
    const fake = overrideStorage(builder, 'documents');
    const module = await builder.compile();
    const { documents, other } = module.get(Documents);

    await documents.put('a.txt', 'hello');
    await fake.expectStored('a.txt', { text: 'hello' });
    expect(documents).toBe(fake);
    expect(module.get(getBackendToken('documents'))).toBe(fake.layered);
    expect(await other.exists('a.txt')).toBe(false);
    await module.close();
  });

  it('overrides the default storage when no name is given', async () => {
    const builder = Test.createTestingModule({
      imports: [StorageModule.forRootAsync({ useFactory: () => Promise.reject(new Error('no')) })],
    });
    const fake = overrideStorage(builder);
    const module = await builder.compile();
    expect(module.get(StorageService)).toBe(fake);
    await module.close();
  });

  it('does without a configuration', async () => {
    const builder = Test.createTestingModule({ imports: [StorageModule.fromConfig({ names: ['a', 'b'] })] });
    const fakes = [overrideStorage(builder, 'a'), overrideStorage(builder, 'b')];
    const module = await builder.compile();
    await Promise.all(fakes.map((fake) => fake.expectEmpty()));
    await module.close();
  });

  it('says so when there is no such storage, and closes what was compiled', async () => {
    const backend = new MemoryBackend();
    let closed = 0;
    const builder = Test.createTestingModule({
      imports: [StorageModule.forRoot({ name: 'documents', backend })],
      providers: [{ provide: 'database', useValue: { onModuleDestroy: () => closed++ } }],
    });
    overrideStorage(builder, 'documnets');
    expect(await failure(builder.compile())).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'config',
      message:
        'overrideStorage: the module has no storage "documnets" to override: pass the name of one that it has',
    });
    expect(closed).toBe(1);
  });

  it('says so of the default storage, which is none of those with a name', async () => {
    const imports = [StorageModule.forRoot({ name: 'documents', backend: new MemoryBackend() })];
    const builder = Test.createTestingModule({ imports });
    overrideStorage(builder, 'documents');
    overrideStorage(builder);
    expect((await failure(builder.compile())).message).toContain('has no default storage to override');
  });
});
