import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { disk, type Disk } from '../../../src/backends/local/disk.js';
import { within } from '../../support/within.js';
import { pausingDisk } from './support/pausing-disk.js';
import { FAST, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const SECOND = 1_000;

/** All files that it writes have been written in the same microsecond. */
const frozen = (inner: Disk): Disk => ({ ...inner, futimes: (fd) => inner.futimes(fd, 1e9, 1e9) });

describe('versions', () => {
  it('differ that two processes have written in the same microsecond, with a delete between', async () => {
    const root = join(roots.folder(), 'root');
    const late = pausingDisk(frozen(disk), 'symlink');
    const slow = roots.open(root, { disk: late.disk });
    const quick = roots.open(root, { disk: frozen(disk) });
    const reader = roots.open(root);

    const put = slow.storage.put('k', 'slow!', { metadata: { by: 'slow' } });
    await within(late.reached, 'the slow put');
    const first = await quick.storage.put('k', 'quick', { metadata: { by: 'quick' } });
    expect((await reader.storage.head('k')).metadata).toEqual({ by: 'quick' });
    await quick.storage.delete('k');
    late.go();
    const second = await put;

    expect(second.etag).not.toBe(first.etag);
    for (const { storage } of [reader, quick, slow]) {
      expect((await storage.head('k')).metadata).toEqual({ by: 'slow' });
      expect((await storage.page()).objects.map(({ etag }) => etag)).toEqual([second.etag]);
    }
  });

  it('come after the one that they replace, also after one of the future', async () => {
    const root = join(roots.folder(), 'root');
    const { storage } = roots.open(root);
    await storage.put('k', 'x');
    utimesSync(join(root, 'k'), 4e9, 4e9);
    const before = await storage.head('k');
    const after = await storage.put('k', 'y');
    expect(after.etag).not.toBe(before.etag);
    expect(+after.lastModified).toBeGreaterThanOrEqual(+before.lastModified);
    expect(statSync(join(root, 'k')).mtimeMs).toBeGreaterThan(4e12);
  });

  it('of other keys do not follow one into the future', async () => {
    const root = join(roots.folder(), 'root');
    const { storage } = roots.open(root);
    await storage.put('k', 'x');
    utimesSync(join(root, 'k'), 4e9, 4e9);
    await storage.put('k', 'y');
    const { lastModified } = await storage.put('other', 'z');
    expect(Math.abs(Date.now() - +lastModified)).toBeLessThan(60 * SECOND);
  });

  it('keep their metadata where the file system knows no later time', async () => {
    const root = join(roots.folder(), 'root');
    const { storage } = roots.open(root, { disk: frozen(disk) });
    await storage.put('k', 'x1');
    await storage.put('k', 'x2', { metadata: { a: 'b' } });
    expect((await storage.head('k')).metadata).toEqual({ a: 'b' });
  });

  it('that were edited in place by hand have lost their metadata', async () => {
    const root = join(roots.folder(), 'root');
    const { storage } = roots.open(root);
    const before = await storage.put('a.txt', 'before', { contentType: 'x/y', metadata: { a: 'b' } });
    writeFileSync(join(root, 'a.txt'), 'edited');
    const now = await storage.head('a.txt');
    expect(now.etag).not.toBe(before.etag);
    expect({ ...now.metadata }).toEqual({});
    expect(now.contentType).toMatch(/^text\/plain/);
    expect(now.checksum).toBeUndefined();
    await storage.put('a.txt', 'after', { metadata: { c: 'd' } });
    expect((await storage.head('a.txt')).metadata).toEqual({ c: 'd' });
  });
});
