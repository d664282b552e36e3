import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { disk } from '../../../src/backends/local/disk.js';
import { bytesOf, KIB, readAll, stalled } from '../../support/bodies.js';
import { expectCode } from '../../support/errors.js';
import { sleep, within } from '../../support/within.js';
import { useChildren } from './support/children.js';
import { pausingDisk } from './support/pausing-disk.js';
import { descriptorsBelow, FAST, remains, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const start = useChildren();
const ownersIn = (root: string) => readdirSync(join(root, '.stowage/tmp'));

/** That nothing below `root` is open and no owner has a folder any more, soon and not only for a moment. */
async function expectGivenBack(root: string): Promise<void> {
  await sleep(50);
  const held = () => ({ open: descriptorsBelow(root), owners: ownersIn(root) });
  const end = performance.now() + 5_000;
  while (performance.now() < end && Object.values(held()).some(({ length }) => length > 0)) await sleep(5);
  expect(held()).toEqual({ open: [], owners: [] });
}

describe('close', () => {
  it('gives back the folder of the owner and every descriptor', async () => {
    const root = join(roots.folder(), 'root');
    const { storage, backend } = roots.open(root);
    for (let i = 0; i < 20; i++) await storage.put(`d${i}/k`, 'x');
    expect(descriptorsBelow(root).length).toBeGreaterThan(0);
    await backend.close();
    await expectGivenBack(root);
  });

  it('may be called again, and before anything else', async () => {
    const root = join(roots.folder(), 'root');
    const { storage, backend } = roots.open(root);
    await backend.close();
    await backend.close();
    await expectCode(storage.put('k', 'x'), 'UNAVAILABLE');
    const used = roots.open(root);
    await used.storage.put('k', 'x');
    await Promise.all([used.backend.close(), used.backend.close()]);
    await used.backend.close();
  });

  it('makes everything after it fail with UNAVAILABLE', async () => {
    const root = join(roots.folder(), 'root');
    const { storage, backend } = roots.open(root);
    await storage.put('k', 'x');
    await backend.close();
    const works: readonly Promise<unknown>[] = [
      storage.put('k', 'x'),
      storage.get('k'),
      storage.head('k'),
      storage.delete('k'),
      storage.page(),
      storage.copy('k', 'n'),
    ];
    for (const work of works)
      expect(await expectCode(work, 'UNAVAILABLE')).toMatchObject({ reason: 'closed' });
    await expect(backend.sweep()).rejects.toMatchObject({ reason: 'closed' });
    await expectGivenBack(root);
  });

  it('leaves nothing open when it comes while the backend opens', async () => {
    const root = join(roots.folder(), 'root');
    const { storage, backend } = roots.open(root);
    const put = storage.put('k', 'x').catch(() => undefined);
    await backend.close();
    await put;
    await expectGivenBack(root);
  });

  it('lets an operation that still runs come to its end, and then gives back what it had', async () => {
    const root = join(roots.folder(), 'root');
    const paused = pausingDisk(disk, 'rename', (_, to) => to.endsWith('/k'));
    const { storage, backend } = roots.open(root, { disk: paused.disk });
    const put = storage.put('k', 'x');
    await within(paused.reached, 'the put');
    await within(backend.close(), 'the close');
    paused.go();
    await put;
    await expectGivenBack(root);
    expect(remains(root)).toEqual([]);
    expect(await roots.open(root).storage.text('k')).toBe('x');
  });

  it('does not wait for a body that has stalled', async () => {
    const root = join(roots.folder(), 'root');
    const { storage, backend } = roots.open(root);
    const end = new AbortController();
    const put = storage.put('k', stalled(), { signal: end.signal });
    await sleep(30);
    await within(backend.close(), 'the close');
    end.abort();
    await expectCode(put, 'ABORTED');
    await expectGivenBack(root);
  });

  it('leaves a body that is being read alone', async () => {
    const root = join(roots.folder(), 'root');
    const { storage, backend } = roots.open(root);
    const bytes = bytesOf(300 * KIB);
    await storage.put('k', bytes);
    const { body } = await storage.get('k');
    await backend.close();
    expect((await readAll(body)).equals(bytes)).toBe(true);
    await expectGivenBack(root);
  });

  it('is not needed for a process to end', async () => {
    const root = join(roots.folder(), 'root');
    const child = start('lazy', { root });
    await child.done(15_000);
    const next = roots.open(root);
    await next.backend.sweep();
    await next.backend.close();
    expect(remains(root)).toEqual([]);
    expect(ownersIn(root)).toEqual([]);
  });
});
