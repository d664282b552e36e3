import { expect } from '@jest/globals';
import type { Layer } from '../../src/core/layer.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { bytesOf, MIB } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import { keysOf } from './delete.contract.js';
import { expectSameObject } from './put.contract.js';
import type { Theme } from './suite.js';

const HEADERS = {
  contentType: 'text/csv; charset=utf-8',
  cacheControl: 'no-cache',
  contentDisposition: 'inline',
  contentEncoding: 'identity',
  contentLanguage: 'fr',
};

export const copy: Theme = (test) => {
  test('copies content, headers and metadata', async (storage) => {
    const bytes = bytesOf(MIB + 1);
    await storage.put('from.bin', bytes, { ...HEADERS, metadata: { owner: 'Änn', state: '1' } });
    const copied = await storage.copy('from.bin', 'deep/er/to.txt');
    expect(copied).toMatchObject({ key: 'deep/er/to.txt', size: bytes.length });
    const info = await storage.head('deep/er/to.txt');
    expect(info).toMatchObject({ ...HEADERS, metadata: { owner: 'Änn', state: '1' } });
    expect(info.etag).toBe(copied.etag);
    expect((await storage.bytes('deep/er/to.txt')).equals(bytes)).toBe(true);
    expect((await storage.bytes('from.bin')).equals(bytes)).toBe(true);
  });

  test('replaces the destination of a copy as a whole', async (storage) => {
    await storage.put('from', 'new', { metadata: { a: '1' } });
    await storage.put('to', 'old and longer', { metadata: { b: '2' }, cacheControl: 'no-store' });
    await storage.copy('from', 'to');
    expect(await storage.text('to')).toBe('new');
    const info = await storage.head('to');
    expect(info.metadata).toEqual({ a: '1' });
    expect(info.cacheControl).toBeUndefined();
  });

  test('replaces headers and metadata of a copy as a whole', async (storage) => {
    await storage.put('from.bin', 'text', { ...HEADERS, metadata: { owner: 'Änn', state: '1' } });
    const replace = { contentDisposition: 'attachment; filename="b"', metadata: { state: 'Ü' } };
    const copied = await storage.copy('from.bin', 'to.txt', { replace });
    const info = await storage.head('to.txt');
    for (const { contentType, contentDisposition, metadata } of [copied, info])
      expect({ contentType, contentDisposition, metadata }).toEqual({
        ...replace,
        contentType: 'text/plain',
      });
    for (const name of ['cacheControl', 'contentEncoding', 'contentLanguage'] as const)
      expect([name, info[name]]).toEqual([name, undefined]);
    expect(await storage.text('to.txt')).toBe('text');
    expect((await storage.head('from.bin')).metadata).toEqual({ owner: 'Änn', state: '1' });
  });

  test('refuses what cannot replace the headers of a copy', async (storage) => {
    await storage.put('from', 'text');
    for (const replace of [{ contentType: 'text' }, { cacheControl: 'a\nb' }, { size: 1 }, 'text/plain'])
      await expectCode(storage.copy('from', 'to', { replace: replace as object }), 'INVALID_ARGUMENT');
    expect(await keysOf(storage)).toEqual(['from']);
  });

  test('keeps copies apart', async (storage) => {
    await storage.put('a', 'one');
    await storage.copy('a', 'b');
    await storage.put('a', 'two');
    expect(await storage.text('b')).toBe('one');
    await storage.delete('a');
    expect(await storage.text('b')).toBe('one');
  });

  test('copies an empty object', async (storage) => {
    await storage.put('a', '');
    expect((await storage.copy('a', 'b')).size).toBe(0);
    expect(await storage.text('b')).toBe('');
  });

  test('refuses to copy a missing object', async (storage) => {
    await storage.put('to', 'old');
    await expectCode(storage.copy('none', 'to'), 'NOT_FOUND');
    expect(await storage.text('to')).toBe('old');
  });

  test('refuses to copy an object onto itself', async (storage) => {
    await storage.put('k', 'x');
    await expectCode(storage.copy('k', 'k'), 'INVALID_ARGUMENT');
    await expectCode(storage.move('k', 'k'), 'INVALID_ARGUMENT');
    expect(await storage.text('k')).toBe('x');
  });

  test('refuses to copy to or move to what is no key', async (storage) => {
    await storage.put('k', 'x');
    for (const key of ['', '..', 'a//b', 'a/', '/a', 'a\\b', 'a\0']) {
      await expectCode(storage.copy('k', key), 'INVALID_ARGUMENT');
      await expectCode(storage.move('k', key), 'INVALID_ARGUMENT');
    }
    expect(await keysOf(storage)).toEqual(['k']);
  });

  test(
    'copies only while the source has the ETag',
    async (storage) => {
      const old = await storage.put('from', 'one');
      const { etag } = await storage.put('from', 'two');
      await expectCode(storage.copy('from', 'to', { ifMatch: old.etag }), 'PRECONDITION_FAILED');
      await expectCode(storage.copy('none', 'to', { ifMatch: etag }), 'NOT_FOUND');
      expect(await storage.exists('to')).toBe(false);
      await storage.copy('from', 'to', { ifMatch: `"${etag}"` });
      expect(await storage.text('to')).toBe('two');
    },
    { needs: ['copyIfMatch'] },
  );

  test(
    'copies with ifAbsent only to a free key',
    async (storage, bench) => {
      await storage.put('from', 'new');
      await storage.put('taken', 'old');
      await expectCode(storage.copy('from', 'taken', { ifAbsent: true }), 'ALREADY_EXISTS');
      expect(await storage.text('taken')).toBe('old');
      await storage.copy('from', 'free', { ifAbsent: true });
      expect(await storage.text('free')).toBe('new');
      await storage.put('empty', '', { ...HEADERS, metadata: { a: '1' } });
      const { etag } = await storage.head('empty');
      const condition = bench.has('copyIfMatch') ? { ifMatch: etag } : {};
      await storage.copy('empty', 'free-empty', { ifAbsent: true, ...condition });
      const copied = await storage.head('free-empty');
      expect(copied).toMatchObject({ size: 0, contentType: HEADERS.contentType, metadata: { a: '1' } });
      await expectCode(storage.copy('empty', 'taken', { ifAbsent: true }), 'ALREADY_EXISTS');
      if (storage.supports(MultipartUploads))
        expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
      const replace = { contentType: 'text/css', metadata: { b: '2' } };
      await storage.copy('from', 'replaced', { ifAbsent: true, replace });
      expect(await storage.head('replaced')).toMatchObject(replace);
    },
    { needs: ['copyIfAbsent'] },
  );

  test('moves an object', async (storage) => {
    const stored = await storage.put('from', 'x', { ...HEADERS, metadata: { a: '1' } });
    const moved = await storage.move('from', 'dir/to');
    expect(moved).toMatchObject({ key: 'dir/to', size: 1 });
    expect(await keysOf(storage)).toEqual(['dir/to']);
    expect(await storage.text('dir/to')).toBe('x');
    const info = await storage.head('dir/to');
    expectSameObject(info, { ...stored, key: 'dir/to', etag: info.etag, lastModified: info.lastModified });
  });

  test('refuses to move a missing object', async (storage) => {
    await expectCode(storage.move('none', 'to'), 'NOT_FOUND');
    expect(await storage.exists('to')).toBe(false);
  });

  test(
    'moves with ifAbsent only to a free key',
    async (storage) => {
      await storage.put('from', 'new');
      await storage.put('taken', 'old');
      await expectCode(storage.move('from', 'taken', { ifAbsent: true }), 'ALREADY_EXISTS');
      expect(await storage.text('taken')).toBe('old');
      expect(await storage.text('from')).toBe('new');
    },
    { needs: ['copyIfAbsent'] },
  );

  test(
    'moves only while the source has the ETag',
    async (storage) => {
      const old = await storage.put('from', 'one');
      await storage.put('from', 'two');
      await expectCode(storage.move('from', 'to', { ifMatch: old.etag }), 'PRECONDITION_FAILED');
      expect(await keysOf(storage)).toEqual(['from']);
    },
    { needs: ['copyIfMatch'] },
  );

  test('copies and moves from scope to scope without reading', async (storage, bench) => {
    const names: string[] = [];
    const watch: Layer = (operation, next) => {
      names.push(operation.name);
      return next(operation);
    };
    const watched = bench.open(watch);
    const [here, there] = [watched.scoped('here'), watched.scoped('there')];
    await storage.put('here/k', 'x', { ...HEADERS, metadata: { a: '1' } });
    const { info, serverSide } = await here.copyTo('k', there, 'deep/er');
    expect([info.key, info.size, serverSide]).toEqual(['deep/er', 1, true]);
    await here.moveTo('k', watched, 'top');
    await expectCode(there.copyTo('deep/er', watched, 'there/deep/er'), 'INVALID_ARGUMENT');
    await expectCode(there.moveTo('deep/er', there), 'INVALID_ARGUMENT');
    await expectCode(there.moveTo('deep/er', there, '../up'), 'INVALID_ARGUMENT');
    expect(names).not.toContain('get');
    expect(names).not.toContain('put');
    expect(await keysOf(storage)).toEqual(['there/deep/er', 'top']);
    expect(await storage.head('top')).toMatchObject({ ...HEADERS, metadata: { a: '1' } });
  });

  for (const step of ['copy', 'delete'] as const) {
    test(
      `loses nothing when a writer replaces the source before the ${step} of a move`,
      async (storage, bench) => {
        await storage.put('from', 'one');
        const meddle: Layer = async (operation, next) => {
          if (operation.name === step) await storage.put('from', 'two');
          return next(operation);
        };
        // An undefined condition is no condition: it must not switch the move's own off.
        const moving = bench.open(meddle).move('from', 'to', { ifMatch: undefined });
        await expectCode(moving, 'PRECONDITION_FAILED');
        expect(await storage.text('from')).toBe('two');
        if (step === 'delete') expect(await storage.text('to')).toBe('one');
        else expect(await storage.exists('to')).toBe(false);
      },
      { needs: [step === 'delete' ? 'conditionalDelete' : 'copyIfMatch'] },
    );
  }
};
