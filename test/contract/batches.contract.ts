import { expect } from '@jest/globals';
import type { PutItem } from '../../src/transfer/batch/batch.options.js';
import { expectCode } from '../support/errors.js';
import { keysOf } from './delete.contract.js';
import type { Theme } from './suite.js';

const items = (count: number): PutItem[] =>
  Array.from({ length: count }, (_, i) => ({ key: `k/${String(i).padStart(3, '0')}`, body: `body ${i}` }));

export const batches: Theme = (test) => {
  test('puts many, with a result for each in order', async (storage) => {
    const all = [...items(20), { key: '../up', body: 'x' }, ...items(1)];
    const results = await storage.putMany(all, { concurrency: 5 });
    expect(results.map(({ key }) => key)).toEqual(all.map(({ key }) => key));
    expect(results.map(({ error }) => error?.code)).toEqual(
      all.map(({ key }) => (key === '../up' ? 'INVALID_ARGUMENT' : undefined)),
    );
    expect(results[3]?.info).toMatchObject({ key: 'k/003', size: 6 });
    expect(await keysOf(storage)).toHaveLength(20);
  });

  test('puts what a generator gives, as it comes', async (storage) => {
    const seen: string[] = [];
    for await (const { key, error } of storage.putMany(items(12).values(), { concurrency: 3 })) {
      expect(error).toBeUndefined();
      seen.push(key);
    }
    expect(seen.sort()).toEqual(await keysOf(storage));
  });

  test('gives the contents of many, and says which are missing or too large', async (storage) => {
    await storage.putMany(items(10));
    await storage.put('large', Buffer.alloc(100));
    const found = new Map<string, string>();
    const keys = [...(await keysOf(storage)), 'none'];
    for await (const { key, bytes, error } of storage.getMany(keys, { maxBytes: 50, concurrency: 4 }))
      found.set(key, bytes?.toString() ?? error?.code ?? '');
    expect(found.size).toBe(12);
    expect([found.get('k/007'), found.get('none'), found.get('large')]).toEqual([
      'body 7',
      'NOT_FOUND',
      'TOO_LARGE',
    ]);
  });

  test('copies many, with a result for each in order', async (storage) => {
    await storage.putMany(items(4));
    const results = await storage.copyMany([
      ...items(4).map(({ key }) => ({ from: key, to: `copy/${key}` })),
      { from: 'none', to: 'copy/none' },
    ]);
    expect(results.map(({ key, error }) => error?.code ?? key)).toEqual([
      ...items(4).map(({ key }) => `copy/${key}`),
      'NOT_FOUND',
    ]);
    expect(await storage.text('copy/k/002')).toBe('body 2');
  });

  test('begins nothing of a batch whose signal is aborted', async (storage) => {
    const signal = AbortSignal.abort();
    await expectCode(storage.putMany(items(3), { signal }), 'ABORTED');
    await expectCode(storage.putMany(items(3).values(), { signal }).next(), 'ABORTED');
    await expectCode(storage.getMany(['a'], { signal }).next(), 'ABORTED');
    expect(await keysOf(storage)).toEqual([]);
  });
};
