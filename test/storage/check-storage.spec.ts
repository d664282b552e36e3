import { describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageError } from '../../src/core/error.js';
import { withLayers } from '../../src/core/layered-backend.js';
import type { Layer } from '../../src/core/layer.js';
import { checkStorage } from '../../src/storage/check-storage.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { StalledBackend } from './stalled-backend.js';

const refusing = (error: Error): StorageService => {
  const layer: Layer = () => Promise.reject(error);
  return new StorageService('x', withLayers(new MemoryBackend(), 'x', [layer]));
};

describe('checkStorage', () => {
  it('finds a storage that answers, empty or not', async () => {
    const storage = new StorageService('x', new MemoryBackend());
    expect(await checkStorage(storage)).toEqual({ status: 'up', latencyMs: expect.any(Number) });
    await storage.put('a', '1');
    expect(await checkStorage(storage)).toMatchObject({ status: 'up' });
  });

  it('reads one object at most', async () => {
    let limit: number | undefined;
    const backend = new MemoryBackend();
    const list = backend.list.bind(backend);
    backend.list = (options) => {
      limit = options.limit;
      return list(options);
    };
    await checkStorage(new StorageService('x', backend));
    expect(limit).toBe(1);
  });

  it('ends in time when the backend ignores its signal, which it aborts', async () => {
    const backend = new StalledBackend();
    const started = performance.now();
    const health = await checkStorage(new StorageService('x', backend), { timeoutMs: 50 });
    expect(health).toMatchObject({ status: 'down', code: 'TIMEOUT' });
    expect(health.latencyMs).toBeGreaterThanOrEqual(45);
    // As long as it waits without the option.
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(backend.signal?.aborted).toBe(true);
  });

  it('counts a refused list as down, with its code', async () => {
    const storage = refusing(new StorageError('PERMISSION_DENIED', 'user:secret may not'));
    const health = await checkStorage(storage);
    expect(health).toEqual({ status: 'down', latencyMs: expect.any(Number), code: 'PERMISSION_DENIED' });
  });

  it('tells no more than a code of an unknown error', async () => {
    const health = await checkStorage(refusing(new Error('connect postgres://user:secret@10.0.0.1')));
    expect(health).toMatchObject({ status: 'down', code: 'UNKNOWN' });
    expect(JSON.stringify(health)).not.toContain('secret');
  });
});
