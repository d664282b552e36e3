import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { PrefixedBackend } from '../../src/wrappers/prefixed.js';
import { keysOf } from '../contract/delete.contract.js';
import { expectCode, failure, thrown } from '../support/errors.js';
import { fakeBackend, INFO } from '../support/fake-backend.js';

const FOREIGN = [
  'secret',
  'tenant',
  'tenant-1',
  'tenant-10/secret',
  'tenant-1/k',
  'tenant-2/k',
  'tenant-0/k',
];

async function open() {
  const backend = new MemoryBackend();
  const whole = new StorageService('files', withLayers(backend, 'files'));
  for (const key of FOREIGN) await whole.put(key, `of ${key}`);
  return {
    whole,
    one: whole.scoped('tenant-1'),
    two: whole.scoped('tenant-2'),
    empty: whole.scoped('tenant-3'),
  };
}

/** Ways to name `target` from inside `tenant-1/`. */
const escapes = (target: string): string[] => [
  ...[`../${target}`, `/${target}`, `//${target}`, `./../${target}`, `x/../../${target}`, `..\\${target}`],
  ...[
    `%2e%2e/${target}`,
    `..%2f${target}`,
    `．．/${target}`,
    `..\0/${target}`,
    `.. /${target}`,
    ` ../${target}`,
  ],
  ...['..', '.', '', '/', '../', `tenant-1/../${target}`, `../tenant-1/../${target}`, target, `x/${target}`],
];

describe('a scope', () => {
  it('reaches nothing outside by any form of a key', async () => {
    const { whole, one } = await open();
    for (const target of FOREIGN.filter((key) => key !== 'tenant-1/k')) {
      for (const key of escapes(target)) {
        const refusals = ['NOT_FOUND', 'INVALID_ARGUMENT'] as const;
        await expectCode(one.get(key), ...refusals);
        await expectCode(one.head(key), ...refusals);
        await expectCode(one.copy(key, 'stolen'), ...refusals);
        await expectCode(one.move(key, 'stolen'), ...refusals);
        await one.delete(key).catch(() => expectCode(one.delete(key), 'INVALID_ARGUMENT'));
        await one.deleteMany([key]);
        await one.put(key, 'overwritten').catch(() => undefined);
        await one.copy('k', key).catch(() => undefined);
        expect(await one.exists('stolen')).toBe(false);
      }
    }
    for (const key of FOREIGN) expect(await whole.text(key)).toBe(`of ${key}`);
    const strangers = (await keysOf(whole)).filter((key) => !key.startsWith('tenant-1/'));
    expect(strangers).toEqual(FOREIGN.filter((key) => key !== 'tenant-1/k').sort());
  });

  it('writes below its prefix, whatever the key', async () => {
    const { whole, one } = await open();
    const before = await keysOf(whole);
    const part = fc.constantFrom('..', '.', '/', '\\', 'a', 'tenant-2', '%2e', '\0', '😀', ' ');
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
        async (key) => {
          await one.put(key, 'x').catch(() => undefined);
        },
      ),
    );
    const added = (await keysOf(whole)).filter((key) => !before.includes(key));
    expect(added.length).toBeGreaterThan(0);
    for (const key of added) expect(key.startsWith('tenant-1/')).toBe(true);
  });

  it('lists nothing outside, whatever the prefix, delimiter or cursor', async () => {
    const { whole, one } = await open();
    await one.put('dir/deep', 'x');
    for (const prefix of ['', ...escapes('tenant-2/'), ...escapes('')]) {
      for (const delimiter of [undefined, '/'] as const) {
        const page = await one.page({ prefix, delimiter }).catch(() => ({ objects: [], prefixes: [] }));
        for (const { key } of page.objects) expect(['k', 'dir/deep']).toContain(key);
        for (const found of page.prefixes) expect(found).toBe('dir/');
      }
    }
    const cursors: string[] = [];
    for (const scope of [whole, whole.scoped('tenant-0'), one]) {
      await scope.put('zzz', 'x');
      const { cursor } = await scope.page({ limit: 1 });
      if (cursor !== undefined) cursors.push(cursor);
    }
    expect(cursors).toHaveLength(3);
    await whole.delete('zzz');
    for (const cursor of cursors) {
      const { objects } = await one.page({ cursor });
      for (const { key } of objects) expect(['k', 'dir/deep', 'zzz']).toContain(key);
    }
  });

  it('gives keys without its prefix everywhere', async () => {
    const { one } = await open();
    expect((await one.put('a/b', 'x')).key).toBe('a/b');
    expect((await one.head('a/b')).key).toBe('a/b');
    const { info, body } = await one.get('a/b');
    body.destroy();
    expect(info.key).toBe('a/b');
    expect((await one.copy('a/b', 'c')).key).toBe('c');
    expect((await one.move('c', 'd')).key).toBe('d');
    expect(await keysOf(one)).toEqual(['a/b', 'd', 'k']);
    expect(await one.page({ delimiter: '/' })).toMatchObject({ prefixes: ['a/'] });
    expect(await one.deleteMany(['a/b', 'd'])).toEqual([{ key: 'a/b' }, { key: 'd' }]);
  });

  it('names no key outside in its errors', async () => {
    const { one } = await open();
    const errors = [
      await failure(one.head('none')),
      await failure(one.get('none')),
      await failure(one.put('a//b', 'x')),
      await failure(one.put('k', 'x', { ifAbsent: true })),
      await failure(one.put('k', 'x', { ifMatch: 'other' })),
      await failure(one.copy('none', 'x')),
      await failure(one.delete('k', { ifMatch: 'other' })),
      await failure(one.put('x'.repeat(1020), 'x')),
      await failure(one.get('k', { range: { start: 100 } })),
    ];
    for (const { key, message } of errors) {
      expect(key).not.toContain('tenant-1');
      expect(message).not.toContain('tenant-1');
    }
    expect(errors.map(({ key }) => key).slice(0, 4)).toEqual(['none', 'none', 'a//b', 'k']);
  });

  it('deletes all that is in it, and nothing else', async () => {
    const { whole, one } = await open();
    await one.put('a/b', 'x');
    expect(await one.deletePrefix('')).toEqual({ deleted: 2, failed: [] });
    expect(await keysOf(whole)).toEqual(FOREIGN.filter((key) => key !== 'tenant-1/k').sort());
  });

  it('makes keys without a group, and no scope of what is no key', async () => {
    const { whole, one } = await open();
    const now = new Date('2026-03-04T00:00:00Z');
    expect(whole.newKey({ group: 'g', now })).toMatch(/^g\/2026\/03\//);
    expect(one.newKey({ group: '../tenant-2', now, contentType: 'image/png' })).toMatch(
      /^2026\/03\/[\w-]+\.png$/,
    );
    expect(thrown(() => whole.newKey({ group: '../x' })).code).toBe('INVALID_ARGUMENT');
    for (const prefix of ['', '/', '..', 'a//b', 'a/..', '/a', 'a//', 'a\\b', '\0', '.']) {
      expect(thrown(() => whole.scoped(prefix)).code).toBe('INVALID_ARGUMENT');
    }
  });

  it('is the same with and without the slash at its end', async () => {
    const { whole } = await open();
    expect(await whole.scoped('tenant-1/').text('k')).toBe('of tenant-1/k');
    expect(await whole.scoped('tenant-1').text('k')).toBe('of tenant-1/k');
  });
});

describe('PrefixedBackend', () => {
  it('confines a batch', async () => {
    const seen: string[][] = [];
    const backend = fakeBackend({
      deleteMany: (keys) => {
        seen.push([...keys]);
        return Promise.resolve(keys.map((key) => ({ key })));
      },
    });
    const scope = new StorageService('files', backend).scoped('p');
    expect(await scope.deleteMany(['a', 'b/c', '../d'])).toMatchObject([
      { key: 'a' },
      { key: 'b/c' },
      { key: '../d', error: { code: 'INVALID_ARGUMENT', key: '../d' } },
    ]);
    expect(seen).toEqual([['p/a', 'p/b/c']]);
  });

  it('has no batch when the backend has none', () => {
    expect(new PrefixedBackend(fakeBackend(), 'p/').deleteMany).toBeUndefined();
  });

  it('counts its prefix to the length of a key that is read', async () => {
    const seen: string[] = [];
    const backend = fakeBackend({
      head: (key) => {
        seen.push(key);
        return Promise.resolve({ ...INFO, key });
      },
    });
    const scope = new StorageService('files', backend).scoped('prefix');
    await scope.head('x'.repeat(1024 - 'prefix/'.length));
    await expectCode(scope.head('x'.repeat(1025 - 'prefix/'.length)), 'INVALID_ARGUMENT');
    expect(seen).toHaveLength(1);
  });

  it('does not list the marker of its own folder, which has no key in it', async () => {
    const backend = new MemoryBackend();
    await backend.put('p/', Buffer.from(''), {});
    await backend.put('p/k', Buffer.from(''), {});
    const { objects } = await new StorageService('files', backend).scoped('p').page();
    expect(objects.map(({ key }) => key)).toEqual(['k']);
  });

  it('does not list keys of others that seem to lead out of it', async () => {
    const keys = ['../secret', './k', 'a', 'a/..', 'a/../../secret', 'a/.b', 'a/..c', 'b'];
    const backend = fakeBackend({
      list: ({ delimiter }) =>
        Promise.resolve(
          delimiter === undefined
            ? { objects: keys.map((key) => ({ ...INFO, key: `p/${key}` })), prefixes: [], cursor: 'more' }
            : { objects: [{ ...INFO, key: 'p/..' }], prefixes: ['p/../', 'p/a/', 'p/./', 'p/..b/'] },
        ),
    });
    const scope = new StorageService('files', backend).scoped('p');
    const { objects, cursor } = await scope.page();
    expect(objects.map(({ key }) => key)).toEqual(['a', 'a/.b', 'a/..c', 'b']);
    expect(cursor).toBe('more');
    expect(await scope.page({ delimiter: '/' })).toMatchObject({ objects: [], prefixes: ['a/', '..b/'] });
  });

  it('classifies errors as its backend does', async () => {
    const backend = fakeBackend({
      head: () => Promise.reject(new Error('x')),
      errorCode: () => ({ code: 'THROTTLED', reason: 'slow-down' }),
    });
    const error = await expectCode(new StorageService('files', backend).scoped('p').head('k'), 'THROTTLED');
    expect(error).toMatchObject({ reason: 'slow-down', key: 'k', storage: 'files' });
  });
});
