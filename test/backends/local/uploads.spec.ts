import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { disk, type Disk } from '../../../src/backends/local/disk.js';
import { begun, partsOf, pending, uploadsOf } from '../../contract/uploads.js';
import { expectCode, failure } from '../../support/errors.js';
import { everythingIn, FAST, remains, useRoots } from './support/roots.js';
import { identityWith, lockFor, registerOwner } from './support/strangers.js';

const roots = useRoots(FAST);
const CONTENT = Buffer.from('content');
const NO_UPLOAD = { code: 'NOT_FOUND', reason: 'upload' } as const;
/** But for the place of released locks in the folder of an owner. */
const leftIn = (root: string) => remains(root).filter((path) => !path.endsWith('/released'));
const folderOf = (root: string, id: string) => join(root, '.stowage/uploads', id);

describe('an upload on disk', () => {
  it('is gone on with by another process, and is not swept', async () => {
    const root = join(roots.folder(), 'root');
    const first = roots.open(root);
    const { id, parts } = await begun(uploadsOf(first.storage), 'k', [CONTENT]);
    await first.backend.close();
    const { backend, storage } = roots.open(root);
    await backend.sweep();
    const uploads = uploadsOf(storage);
    expect(await partsOf(uploads, 'k', id)).toEqual(parts);
    await uploads.complete('k', id, parts);
    expect(await storage.text('k')).toBe('content');
    expect(leftIn(root)).toEqual([]);
  });

  it('has an id that leads nowhere else, whatever it is', async () => {
    const folder = roots.folder();
    const root = join(folder, 'root');
    const { storage } = roots.open(root);
    const uploads = uploadsOf(storage);
    const { id, parts } = await begun(uploads, 'k', [CONTENT]);
    cpSync(folderOf(root, id), join(folder, 'outside'), { recursive: true });
    const before = everythingIn(folder);
    for (const hostile of [
      '..',
      '.',
      `../uploads/${id}`,
      `${id}/`,
      `${id}/.`,
      `./${id}`,
      `${id}\u0000`,
      id.toUpperCase(),
      '../../../outside',
      '/etc',
    ]) {
      if (hostile === id) continue;
      expect(await failure(uploads.putPart('k', hostile, 1, CONTENT))).toMatchObject(NO_UPLOAD);
      expect(await failure(uploads.listParts('k', hostile))).toMatchObject(NO_UPLOAD);
      expect(await failure(uploads.complete('k', hostile, parts))).toMatchObject(NO_UPLOAD);
      await uploads.abort('k', hostile);
    }
    expect(everythingIn(folder).files).toEqual(before.files);
    await uploads.abort('k', id);
  });

  it('follows no symbolic link, in the place of its folder or of a part', async () => {
    const folder = roots.folder();
    const root = join(folder, 'root');
    const { storage } = roots.open(root);
    const uploads = uploadsOf(storage);
    const { id, parts } = await begun(uploads, 'k', [CONTENT]);
    const outside = join(folder, 'outside');
    cpSync(folderOf(root, id), outside, { recursive: true });
    const planted = '0'.repeat(32);
    symlinkSync(outside, folderOf(root, planted));
    await expectCode(uploads.putPart('k', planted, 1, CONTENT), 'PERMISSION_DENIED');
    await expectCode(uploads.complete('k', planted, parts), 'PERMISSION_DENIED');
    await expectCode(uploads.abort('k', planted), 'PERMISSION_DENIED');
    expect((await pending(uploads)).map(({ uploadId }) => uploadId)).toEqual([id]);
    symlinkSync(join(outside, '1'), join(folderOf(root, id), '2'));
    expect(await partsOf(uploads, 'k', id)).toEqual(parts);
    // A new part takes the place of the link, and does not go through it.
    const second = await uploads.putPart('k', id, 2, CONTENT);
    await uploads.complete('k', id, [...parts, second]);
    expect(await storage.text('k')).toBe('contentcontent');
    expect(readdirSync(outside).sort()).toEqual(['1', 'joined', 'upload']);
  });

  it('keeps its etags, and refuses content that is not what was stored', async () => {
    const root = join(roots.folder(), 'root');
    const { storage } = roots.open(root);
    const uploads = uploadsOf(storage);
    const { id, parts } = await begun(uploads, 'k', [CONTENT, CONTENT]);
    // One that is replaced has a file of its own.
    parts[0] = await uploads.putPart('k', id, 1, CONTENT);
    const path = join(folderOf(root, id), '1');
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(3) ^ 1, 3);
    writeFileSync(path, bytes);
    expect(await failure(uploads.complete('k', id, parts))).toMatchObject({ code: 'INTEGRITY' });
    expect(await storage.exists('k')).toBe(false);
    // As power leaves it that is lost before a file is on the disk.
    writeFileSync(path, bytes.subarray(0, 5));
    expect((await partsOf(uploads, 'k', id)).map(({ number }) => number)).toEqual([2]);
    expect(await failure(uploads.complete('k', id, parts))).toMatchObject({ reason: 'parts' });
    const again = await uploads.putPart('k', id, 1, CONTENT);
    await uploads.complete('k', id, [again, ...parts.slice(1)]);
    expect(await storage.text('k')).toBe('contentcontent');
    expect(leftIn(root)).toEqual([]);
  });

  it('is swept when its record was lost with the power, and left when a later version wrote it', async () => {
    const root = join(roots.folder(), 'root');
    const { storage, backend } = roots.open(root);
    const uploads = uploadsOf(storage);
    await begun(uploads, 'k', [CONTENT]);
    const { id } = await begun(uploads, 'k', [CONTENT]);
    writeFileSync(join(folderOf(root, id), 'upload'), '');
    const later = 'f'.repeat(32);
    mkdirSync(folderOf(root, later));
    writeFileSync(join(folderOf(root, later), 'upload'), '{"v":2}');
    expect(await pending(uploads)).toHaveLength(1);
    await backend.sweep();
    expect(readdirSync(join(root, '.stowage/uploads'))).not.toContain(id);
    expect(readdirSync(join(root, '.stowage/uploads'))).toContain(later);
    expect(await pending(uploads)).toHaveLength(1);
  });

  it('hashes the whole content where the ETag is a hash', async () => {
    const root = join(roots.folder(), 'root');
    const { storage } = roots.open(root, { etag: 'md5' });
    const uploads = uploadsOf(storage);
    const { id, parts } = await begun(uploads, 'k', [CONTENT, CONTENT]);
    const { etag, checksum } = await uploads.complete('k', id, parts);
    const same = await storage.put('same', 'contentcontent');
    expect([etag, checksum]).toEqual([same.etag, same.checksum]);
  });
});

describe('a completion that ended before it had removed its upload', () => {
  /** A completed upload that is there still. */
  const interrupted = async () => {
    const root = join(roots.folder(), 'root');
    const first = roots.open(root);
    const { id, parts } = await begun(uploadsOf(first.storage), 'k', [CONTENT]);
    const saved = join(root, '..', 'saved');
    cpSync(folderOf(root, id), saved, { recursive: true });
    const info = await uploadsOf(first.storage).complete('k', id, parts);
    await first.backend.close();
    cpSync(saved, folderOf(root, id), { recursive: true });
    return { root, id, parts, info };
  };
  const deadOwner = (root: string) => registerOwner(root, identityWith({ pid: 2 ** 22 + 1, started: '1' }));

  it('is completed again, with ifAbsent too, and cleaned', async () => {
    const { root, id, parts, info } = await interrupted();
    const { storage } = roots.open(root, { durability: 'full' });
    const again = await uploadsOf(storage).complete('k', id, parts, { ifAbsent: true });
    expect(again).toEqual(info);
    expect(await pending(uploadsOf(storage))).toEqual([]);
    expect(leftIn(root)).toEqual([]);
  });

  it('is cleaned by a sweep, as its process died with the lock', async () => {
    const { root, info } = await interrupted();
    lockFor(root, 'k', deadOwner(root));
    const { storage, backend } = roots.open(root);
    await backend.sweep();
    expect(readdirSync(join(root, '.stowage/uploads'))).toEqual([]);
    expect((await storage.head('k')).etag).toBe(info.etag);
  });

  it('does not bring its content back over what was stored since', async () => {
    const { root, id, parts } = await interrupted();
    lockFor(root, 'k', deadOwner(root));
    const { storage } = roots.open(root);
    await storage.put('k', 'later');
    expect(await failure(uploadsOf(storage).complete('k', id, parts))).toMatchObject(NO_UPLOAD);
    expect(await storage.text('k')).toBe('later');
  });

  it('is not taken for what a copy of the object is', async () => {
    const { root, id, parts } = await interrupted();
    const { storage } = roots.open(root);
    await storage.copy('k', 'copy');
    const found = everythingIn(root).files.filter((path) => path.startsWith('.stowage/meta/'));
    const records = found.map((path) => readFileSync(join(root, path), 'utf8'));
    expect(records.filter((record) => record.includes(id))).toHaveLength(1);
    await uploadsOf(storage).complete('k', id, parts);
  });
});

describe('an upload that is completed, aborted and written at once', () => {
  /** A disk that waits at the rename of the object. */
  const waiting = (key: string) => {
    let [go, reached] = [(): void => undefined, (): void => undefined];
    const gone = new Promise<void>((resolve) => (go = resolve));
    const arrived = new Promise<void>((resolve) => (reached = resolve));
    const held: Disk = {
      ...disk,
      rename: async (from, to) => {
        if (to.endsWith(`/${key}`)) {
          reached();
          await gone;
        }
        return disk.rename(from, to);
      },
    };
    return { disk: held, arrived, go };
  };

  it('becomes no object any more once an abort has returned, and is one when the abort came later', async () => {
    const root = join(roots.folder(), 'root');
    const { disk: held, arrived, go } = waiting('k');
    const one = roots.open(root, { disk: held });
    const other = roots.open(root);
    const { id, parts } = await begun(uploadsOf(one.storage), 'k', [CONTENT]);
    const completing = uploadsOf(one.storage).complete('k', id, parts);
    await arrived;
    let aborted = false;
    const aborting = uploadsOf(other.storage)
      .abort('k', id)
      .then(() => (aborted = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(aborted).toBe(false);
    go();
    await Promise.all([completing, aborting]);
    expect(await other.storage.text('k')).toBe('content');
    expect(await pending(uploadsOf(other.storage))).toEqual([]);
  });

  it('takes no part that was replaced behind the back of a completion', async () => {
    const root = join(roots.folder(), 'root');
    const replacing: (() => Promise<unknown>)[] = [];
    let reads = 0;
    const slow: Disk = {
      ...disk,
      open: async (path, flags, mode) => {
        // The first look at each part is that of the check, the second one that of the copy.
        if (path.endsWith('/2') && ++reads === 2) await replacing[0]?.();
        return disk.open(path, flags, mode);
      },
    };
    const one = roots.open(root, { disk: slow });
    const other = roots.open(root);
    const { id, parts } = await begun(uploadsOf(one.storage), 'k', [CONTENT, CONTENT]);
    replacing.push(() => uploadsOf(other.storage).putPart('k', id, 2, Buffer.from('another')));
    const error = await failure(uploadsOf(one.storage).complete('k', id, parts));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'parts' });
    expect(await one.storage.exists('k')).toBe(false);
    await uploadsOf(one.storage).complete('k', id, await partsOf(uploadsOf(one.storage), 'k', id));
    expect(await one.storage.text('k')).toBe('contentanother');
  });
});
