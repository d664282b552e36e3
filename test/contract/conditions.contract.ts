import { expect } from '@jest/globals';
import { streamOf } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import type { Theme } from './suite.js';

export const conditions: Theme = (test) => {
  test(
    'stores with ifAbsent only while the key is free',
    async (storage) => {
      await storage.put('k', 'one', { ifAbsent: true });
      await expectCode(storage.put('k', 'two', { ifAbsent: true }), 'ALREADY_EXISTS');
      await expectCode(storage.put('k', streamOf('two'), { ifAbsent: true }), 'ALREADY_EXISTS');
      expect(await storage.text('k')).toBe('one');
      await storage.delete('k');
      await storage.put('k', 'three', { ifAbsent: true });
      expect(await storage.text('k')).toBe('three');
    },
    { needs: ['ifAbsent'] },
  );

  test('takes ifAbsent: false for no condition', async (storage) => {
    await storage.put('k', 'one');
    await storage.put('k', 'two', { ifAbsent: false });
    expect(await storage.text('k')).toBe('two');
  });

  test(
    'replaces with ifMatch only the object with this ETag',
    async (storage) => {
      const first = await storage.put('k', 'one');
      const second = await storage.put('k', 'two', { ifMatch: first.etag });
      await expectCode(storage.put('k', 'three', { ifMatch: first.etag }), 'PRECONDITION_FAILED');
      await expectCode(storage.put('k', 'three', { ifMatch: 'no-such-etag' }), 'PRECONDITION_FAILED');
      expect(await storage.text('k')).toBe('two');
      expect((await storage.head('k')).etag).toBe(second.etag);
    },
    { needs: ['ifMatch'] },
  );

  test('takes an ETag in quotes, as headers have it', async (storage) => {
    const { etag } = await storage.put('k', 'one');
    expect((await storage.bytes('k', { ifMatch: `"${etag}"` })).toString()).toBe('one');
    await expectCode(storage.get('k', { ifNoneMatch: `"${etag}"` }), 'NOT_MODIFIED');
  });

  test(
    'replaces the object with an ETag in quotes',
    async (storage) => {
      const { etag } = await storage.put('k', 'one');
      await storage.put('k', 'two', { ifMatch: `"${etag}"` });
      expect(await storage.text('k')).toBe('two');
    },
    { needs: ['ifMatch'] },
  );

  test(
    'replaces nothing with ifMatch when there is no object',
    async (storage) => {
      await expectCode(storage.put('k', 'x', { ifMatch: 'some-etag' }), 'NOT_FOUND');
      expect(await storage.exists('k')).toBe(false);
    },
    { needs: ['ifMatch'] },
  );

  test(
    'replaces with ifMatch "*" whatever is there, but only then',
    async (storage) => {
      await expectCode(storage.put('k', 'x', { ifMatch: '*' }), 'NOT_FOUND');
      expect(await storage.exists('k')).toBe(false);
      await storage.put('k', 'one');
      await storage.put('k', 'two', { ifMatch: '*' });
      expect(await storage.text('k')).toBe('two');
    },
    { needs: ['ifMatchAny'] },
  );

  test('refuses conditions that contradict each other or mean nothing', async (storage) => {
    await storage.put('k', 'x');
    await expectCode(storage.put('k', 'y', { ifAbsent: true, ifMatch: '*' }), 'INVALID_ARGUMENT');
    await expectCode(storage.put('k', 'y', { ifMatch: '' }), 'INVALID_ARGUMENT');
    await expectCode(storage.get('k', { ifMatch: '' }), 'INVALID_ARGUMENT');
    await expectCode(storage.get('k', { ifNoneMatch: 5 as unknown as string }), 'INVALID_ARGUMENT');
    await expectCode(storage.delete('k', { ifMatch: '' }), 'INVALID_ARGUMENT');
    await expectCode(storage.copy('k', 'l', { ifMatch: '' }), 'INVALID_ARGUMENT');
    expect(await storage.text('k')).toBe('x');
  });

  test('reads with ifMatch only the object with this ETag', async (storage) => {
    const old = await storage.put('k', 'one');
    const { etag } = await storage.put('k', 'two');
    expect(await storage.text('k', { ifMatch: etag })).toBe('two');
    expect(await storage.text('k', { ifMatch: '*' })).toBe('two');
    await expectCode(storage.get('k', { ifMatch: old.etag }), 'PRECONDITION_FAILED');
    await expectCode(storage.get('none', { ifMatch: etag }), 'NOT_FOUND');
  });

  test('reads with ifNoneMatch only another object', async (storage) => {
    const old = await storage.put('k', 'one');
    const { etag } = await storage.put('k', 'two');
    expect(await storage.text('k', { ifNoneMatch: old.etag })).toBe('two');
    await expectCode(storage.get('k', { ifNoneMatch: etag }), 'NOT_MODIFIED');
    await expectCode(storage.get('k', { ifNoneMatch: '*' }), 'NOT_MODIFIED');
    await expectCode(storage.get('none', { ifNoneMatch: etag }), 'NOT_FOUND');
  });

  test(
    'deletes with ifMatch only the object with this ETag',
    async (storage) => {
      const old = await storage.put('k', 'one');
      const { etag } = await storage.put('k', 'two');
      await expectCode(storage.delete('k', { ifMatch: old.etag }), 'PRECONDITION_FAILED');
      expect(await storage.text('k')).toBe('two');
      await storage.delete('k', { ifMatch: `"${etag}"` });
      expect(await storage.exists('k')).toBe(false);
      await expectCode(storage.delete('k', { ifMatch: etag }), 'NOT_FOUND');
    },
    { needs: ['conditionalDelete'] },
  );

  test(
    'deletes with ifMatch "*" whatever is there, but only then',
    async (storage) => {
      await storage.put('k', 'one');
      await storage.delete('k', { ifMatch: '*' });
      expect(await storage.exists('k')).toBe(false);
      await expectCode(storage.delete('k', { ifMatch: '*' }), 'NOT_FOUND');
    },
    { needs: ['conditionalDelete'] },
  );
};
