import { describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { InFlight } from '../../src/core/in-flight.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { concurrency } from '../../src/layers/concurrency.js';
import { log } from '../../src/layers/log.js';
import { metrics } from '../../src/layers/metrics.js';
import { observe } from '../../src/layers/observe.js';
import { readOnly } from '../../src/layers/read-only.js';
import { timeout } from '../../src/layers/timeout.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { expectCode } from '../support/errors.js';
import { backendContract } from './backend.contract.js';
import { keysOf } from './delete.contract.js';

const quiet = { debug: () => undefined, warn: () => undefined };

/** Layers that must not change what a backend does. */
const LAYERS: Readonly<Record<string, () => readonly Layer[]>> = {
  timeout: () => [timeout(60_000)],
  'concurrency of 1': () => [concurrency(1)],
  log: () => [log(quiet)],
  metrics: () => [metrics({ record: () => undefined })],
  'a failing observer': () => [
    observe(() => {
      throw new Error('The observer is broken');
    }),
  ],
  'in flight': () => [new InFlight().layer],
  'all of them': () => [
    new InFlight().layer,
    log(quiet),
    metrics({ record: () => undefined }),
    timeout(60_000),
    concurrency(4),
  ],
};

for (const [name, layers] of Object.entries(LAYERS)) {
  backendContract(`memory with ${name}`, {
    create: () => Promise.resolve({ backend: new MemoryBackend() }),
    layers,
    runs: 20,
  });
}

describe('a read-only storage', () => {
  const open = async () => {
    const backend = new MemoryBackend();
    const writer = new StorageService('test', withLayers(backend, 'test'));
    await writer.put('a', 'content of a', { metadata: { owner: 'ann' } });
    await writer.put('d/b', 'content of b');
    return new StorageService('test', withLayers(backend, 'test', [readOnly()]));
  };

  it('allows every read', async () => {
    const storage = await open();
    expect(await storage.text('a')).toBe('content of a');
    expect(await storage.text('a', { range: { suffix: 1 } })).toBe('a');
    expect((await storage.head('a')).metadata).toEqual({ owner: 'ann' });
    expect(await storage.exists('a')).toBe(true);
    expect(await storage.exists('none')).toBe(false);
    expect(await keysOf(storage)).toEqual(['a', 'd/b']);
    expect((await storage.page({ delimiter: '/' })).prefixes).toEqual(['d/']);
    expect(await storage.scoped('d').text('b')).toBe('content of b');
  });

  it('refuses every write, in a scope too', async () => {
    const storage = await open();
    const refusals = [
      await expectCode(storage.put('a', 'x'), 'PERMISSION_DENIED'),
      await expectCode(storage.delete('a'), 'PERMISSION_DENIED'),
      await expectCode(storage.copy('a', 'b'), 'PERMISSION_DENIED'),
      await expectCode(storage.move('a', 'b'), 'PERMISSION_DENIED'),
      await expectCode(storage.scoped('d').put('b', 'x'), 'PERMISSION_DENIED'),
      await expectCode(storage.scoped('d').delete('b'), 'PERMISSION_DENIED'),
    ];
    for (const { reason } of refusals) expect(reason).toBe('read-only');
    expect((await storage.deleteMany(['a', 'd/b'])).map(({ error }) => error?.reason)).toEqual([
      'read-only',
      'read-only',
    ]);
    expect((await storage.deletePrefix('d/')).deleted).toBe(0);
    expect(await keysOf(storage)).toEqual(['a', 'd/b']);
    expect(await storage.text('d/b')).toBe('content of b');
  });
});
