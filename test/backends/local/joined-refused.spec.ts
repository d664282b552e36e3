import { chmodSync, linkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { disk, OPEN, type Disk } from '../../../src/backends/local/disk.js';
import { begun, partsOf, pending, uploadsOf } from '../../contract/uploads.js';
import { bytesOf } from '../../support/bodies.js';
import { failure } from '../../support/errors.js';
import { FAST, remains, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const [ONE, TWO] = [bytesOf(3_000_000, 1), bytesOf(2_000_000, 2)];

function setUp(calls: Partial<Disk> = {}) {
  const root = join(roots.folder(), 'root');
  const { storage } = roots.open(root, { disk: { ...disk, ...calls } });
  return { root, storage, uploads: uploadsOf(storage) };
}

type Place = ReturnType<typeof setUp>;

const joinedOf = (root: string, id: string): string => join(root, '.stowage/uploads', id, 'joined');
const refusing = (code: string): Promise<never> =>
  Promise.reject(Object.assign(new Error(code), { code, syscall: 'test' }));

/** Completes it with the parts that are there, looks at the content, and tells which file it has become. */
async function completed({ root, storage, uploads }: Place, id: string, content: Buffer): Promise<string> {
  const joined = statSync(joinedOf(root, id)).ino;
  await uploads.complete('k', id, await partsOf(uploads, 'k', id));
  expect((await storage.bytes('k')).equals(content)).toBe(true);
  expect(remains(root).filter((path) => !path.endsWith('/released'))).toEqual([]);
  return statSync(join(root, 'k')).ino === joined ? 'joined' : 'copied';
}

describe('the file that parts share', () => {
  it('is not written to when it has another name: an object’s, after a loss of power, or a backup’s', async () => {
    const place = setUp();
    const { id } = await begun(place.uploads, 'k', [ONE]);
    const other = join(place.root, 'other');
    linkSync(joinedOf(place.root, id), other);
    const { mtimeNs } = statSync(other, { bigint: true });
    await place.uploads.putPart('k', id, 2, TWO);
    expect(await completed(place, id, Buffer.concat([ONE, TWO]))).toBe('copied');
    expect(statSync(other, { bigint: true })).toMatchObject({ mtimeNs, size: BigInt(ONE.byteLength) });
  });

  it('becomes no second object when it has another name', async () => {
    const place = setUp();
    const { id } = await begun(place.uploads, 'k', [ONE, TWO]);
    const other = join(place.root, 'other');
    linkSync(joinedOf(place.root, id), other);
    const { mtimeNs } = statSync(other, { bigint: true });
    expect(await completed(place, id, Buffer.concat([ONE, TWO]))).toBe('copied');
    expect(statSync(other, { bigint: true }).mtimeNs).toBe(mtimeNs);
  });

  it('is left alone where its mode lets nobody write to it', async () => {
    const place = setUp({
      // As for anybody but root.
      open: async (path, flags, mode) => {
        if (flags === OPEN.write && (statSync(path).mode & 0o200) === 0) return refusing('EACCES');
        return disk.open(path, flags, mode);
      },
    });
    for (const contents of [[ONE], [ONE, TWO]]) {
      const { uploadId: id } = await place.uploads.begin('k');
      for (const [index, content] of contents.entries()) {
        await place.uploads.putPart('k', id, index + 1, content);
        if (index === 0) chmodSync(joinedOf(place.root, id), 0o440);
      }
      expect(await completed(place, id, Buffer.concat(contents))).toBe('copied');
    }
  });

  it.each(['EPERM', 'EACCES', 'EXDEV', 'EMLINK'])('is copied where link(2) says %s', async (code) => {
    const place = setUp({ link: () => refusing(code) });
    const { id } = await begun(place.uploads, 'k', [ONE, TWO]);
    expect(await completed(place, id, Buffer.concat([ONE, TWO]))).toBe('copied');
  });

  it('that goes with its upload while a part comes says so', async () => {
    const place = setUp({
      open: async (path, flags, mode) => {
        if (flags === OPEN.write && path.endsWith('/joined')) {
          const other = uploadsOf(roots.open(place.root).storage);
          for (const { key, uploadId } of await pending(other)) await other.abort(key, uploadId);
        }
        return disk.open(path, flags, mode);
      },
    });
    const { id } = await begun(place.uploads, 'k', [ONE]);
    expect(await failure(place.uploads.putPart('k', id, 2, TWO))).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'upload',
    });
    expect(remains(place.root).filter((path) => !path.endsWith('/released'))).toEqual([]);
  });
});

describe('a completion that has failed', () => {
  it.each([1, 3, 5])('leaves the file to the next one, which copies nothing: after read %d', async (last) => {
    const controller = new AbortController();
    let reads = 0;
    const place = setUp({
      read: (fd, buffer, offset, length, position) => {
        if (length > 100_000 && ++reads === last) controller.abort();
        return disk.read(fd, buffer, offset, length, position);
      },
    });
    const { id, parts } = await begun(place.uploads, 'k', [ONE, TWO]);
    const { signal } = controller;
    expect(await failure(place.uploads.complete('k', id, parts, { signal }))).toMatchObject({
      code: 'ABORTED',
    });
    expect(await place.storage.exists('k')).toBe(false);
    expect(await completed(place, id, Buffer.concat([ONE, TWO]))).toBe('joined');
  });

  it('leaves its place to the next part', async () => {
    const place = setUp();
    await place.storage.put('k', 'old');
    const { id, parts } = await begun(place.uploads, 'k', [ONE]);
    const refused = await failure(place.uploads.complete('k', id, parts, { signal: AbortSignal.abort() }));
    expect(refused).toMatchObject({ code: 'ABORTED' });
    await place.uploads.putPart('k', id, 2, TWO);
    expect(await completed(place, id, Buffer.concat([ONE, TWO]))).toBe('joined');
  });
});
