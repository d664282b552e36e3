import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bytesOf, KIB, MIB, streamOf } from '../../support/bodies.js';
import { expectCode } from '../../support/errors.js';
import { useChildren } from './support/children.js';
import { FAST, keysOfFiles, keysOfMetadata, remains, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const start = useChildren();

describe('a disk that is full', () => {
  const name = 'refuses with NO_SPACE, keeps what was there and leaves nothing';
  if (process.getuid?.() !== 0) it.skip(`${name} (skipped: only root may mount)`, () => undefined);
  else
    it(
      name,
      async () => {
        const mount = mkdtempSync(join(tmpdir(), 'stowage-mount-'));
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', mount]);
        const root = join(mount, 'root');
        const { storage, backend } = roots.open(root);
        try {
          const old = bytesOf(100 * KIB);
          await storage.put('d/k', old, { metadata: { a: 'b' } });
          let refused = 0;
          for (const size of [512 * KIB, MIB, 2 * MIB, 4 * MIB]) {
            for (const body of [bytesOf(size), streamOf(bytesOf(size))]) {
              await expectCode(storage.put('d/k', body), 'NO_SPACE');
              await expectCode(storage.put(`new/${size}`, bytesOf(size), { ifAbsent: true }), 'NO_SPACE');
              refused += 2;
            }
          }
          await storage.put('d/half', bytesOf(250 * KIB));
          await expectCode(storage.copy('d/half', 'd/other'), 'NO_SPACE');
          expect((await storage.bytes('d/k')).equals(old)).toBe(true);
          expect((await storage.head('d/k')).metadata).toEqual({ a: 'b' });
          await storage.delete('d/half');
          await storage.put('d/k', bytesOf(200 * KIB));
          await backend.sweep();
          await backend.close();
          expect(keysOfFiles(root)).toEqual(['d/k']);
          expect(keysOfMetadata(root)).toEqual(['d/k']);
          expect(remains(root)).toEqual([]);
          expect(refused).toBe(16);
        } finally {
          await backend.close();
          execFileSync('umount', ['-l', mount]);
          rmSync(mount, { recursive: true, force: true });
        }
      },
      90_000,
    );
});

describe('a process with 64 descriptors', () => {
  it('ends 500 writes, reads and copies at once in order, and works afterwards', async () => {
    const root = join(roots.folder(), 'root');
    const crowd = start('crowd', { root, operations: 500, descriptors: 64 });
    const { codes, afterwards } = await crowd.done<{ codes: Record<string, number>; afterwards: number }>(
      90_000,
    );
    process.stdout.write(`with 64 descriptors: ${JSON.stringify(codes)}\n`);
    const allowed = ['done', 'NOT_FOUND', 'UNAVAILABLE descriptors', 'OUTCOME_UNKNOWN'];
    expect(Object.keys(codes).filter((code) => !allowed.includes(code))).toEqual([]);
    expect(afterwards).toBe(120);
    expect(keysOfMetadata(root)).toEqual(keysOfFiles(root));
    expect(remains(root)).toEqual([]);
    expect(readdirSync(join(root, '.stowage/tmp'))).toEqual([]);
  }, 90_000);
});

describe('names', () => {
  it('have up to 255 bytes, however many there are', async () => {
    const { storage } = roots.open(join(roots.folder(), 'root'));
    const longest = 'x'.repeat(255);
    const key = `${longest}/${'\u00e9'.repeat(127)}/${longest}`;
    await storage.put(key, 'x');
    await storage.put('other', 'y');
    await storage.copy('other', key);
    expect(await storage.text(key)).toBe('y');
    expect((await storage.page({ prefix: longest })).objects.map((object) => object.key)).toEqual([key]);
    await storage.delete(key);
    for (const long of ['x'.repeat(256), '\u00e9'.repeat(128), `a/${'x'.repeat(256)}/b`]) {
      const works: readonly Promise<unknown>[] = [
        storage.put(long, 'x'),
        storage.get(long),
        storage.delete(long),
        storage.copy('other', long),
      ];
      for (const work of works) await expectCode(work, 'INVALID_ARGUMENT');
    }
  });

  it('nest 300 folders deep, and leave none', async () => {
    const root = join(roots.folder(), 'root');
    const { storage } = roots.open(root);
    const key = `${'d/'.repeat(300)}k`;
    await storage.put(key, 'deep');
    expect(await storage.text(key)).toBe('deep');
    expect((await storage.page()).objects.map((object) => object.key)).toEqual([key]);
    expect((await storage.page({ delimiter: '/' })).prefixes).toEqual(['d/']);
    await storage.delete(key);
    expect(readdirSync(root)).toEqual(['.stowage']);
  });
});
