import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import {
  existsSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { identify, newOwnerId } from '../../src/core/process-identity.js';
import { proc } from '../../src/core/proc.js';
import type { GetOptions } from '../../src/core/options.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { DownloadLock } from '../../src/transfer/download/download-lock.js';
import { bytesOf, KIB } from '../support/bodies.js';
import { failure } from '../support/errors.js';
import { within } from '../support/within.js';
import { useFolder } from './support/folders.js';
import { openIn } from './support/open-in.js';

const PART = 64 * KIB;
const COUNT = 10;
const content = bytesOf(COUNT * PART - 5);

/** Memory that fails from its `allowed`th get on, and counts. */
class FailingBackend extends MemoryBackend {
  gets: GetOptions[] = [];
  allowed = Infinity;
  met = (): void => undefined;

  override get(key: string, options: GetOptions) {
    this.gets.push(options);
    this.met();
    if (this.gets.length > this.allowed) throw new Error('enough');
    return super.get(key, options);
  }
}

describe('a download that is resumed', () => {
  const folder = useFolder();
  let backend: FailingBackend;
  let storage: StorageService;
  const download = () =>
    storage.download('k', { to: folder.at('a'), partSize: PART, concurrency: 2, resume: true });
  const fetched = async () => {
    backend.gets = [];
    backend.allowed = Infinity;
    const result = await download();
    expect(folder.names()).toEqual(['a']);
    expect(openIn(folder.path)).toEqual([]);
    return { ...result, gets: backend.gets.length };
  };

  beforeEach(async () => {
    backend = new FailingBackend();
    storage = new StorageService('test', backend);
    await storage.put('k', content);
    backend.allowed = 6;
    await failure(download());
    expect(folder.names()).toEqual(['a.stowage-part', 'a.stowage-part.json']);
  });

  it('follows no link and waits for no pipe where its small file should be', async () => {
    const victim = folder.at('victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, folder.at('a.stowage-part.json.new'));
    backend.allowed = Infinity;
    await download();
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    for (const make of [
      (path: string) => symlinkSync(victim, path),
      (path: string) => spawnSync('mkfifo', [path]),
    ]) {
      make(folder.at('a.stowage-part.json'));
      const { code, reason } = await within(failure(download()), 'the refusal');
      expect({ code, reason }).toEqual({ code: 'INVALID_ARGUMENT', reason: 'target' });
      rmSync(folder.at('a.stowage-part.json'));
    }
    spawnSync('mkfifo', [folder.at('a.stowage-part.json.new')]);
    await within(download(), 'the download');
    expect(folder.names()).toEqual(['a', 'victim']);
    expect(openIn(folder.path)).toEqual([]);
  });

  it('believes no small file with parts of a size that nobody may ask for', async () => {
    const path = folder.at('a.stowage-part.json');
    const { record } = JSON.parse(readFileSync(path, 'utf8')) as { record: object };
    const text = JSON.stringify({ ...record, partSize: 1, parts: [[0, crc32(content.subarray(0, 1))]] });
    writeFileSync(path, `{"sum":${crc32(text)},"record":${text}}\n`);
    const { resumedFrom, startedOver } = await fetched();
    expect({ resumedFrom, startedOver }).toEqual({ resumedFrom: 0, startedOver: 'damaged' });
  });

  it('goes on under a name that is as long as it may be, and refuses a longer one at once', async () => {
    const to = folder.at('n'.repeat(226));
    const run = spawnSync('true');
    const dead = newOwnerId({ ...identify(proc), pid: run.pid, started: '1' });
    symlinkSync(dead, `${to}.stowage-part.lock`);
    backend.allowed = Infinity;
    expect((await storage.download('k', { to, resume: true })).bytes).toBe(content.length);
    const error = await failure(storage.download('k', { to: `${to}n`, resume: true }));
    expect({ code: error.code, reason: error.reason }).toEqual({
      code: 'INVALID_ARGUMENT',
      reason: 'target',
    });
  });

  it('fetches what is missing', async () => {
    const { resumedFrom, gets, startedOver } = await fetched();
    expect({ resumedFrom, gets, startedOver }).toEqual({
      resumedFrom: 6 * PART,
      gets: 4,
      startedOver: undefined,
    });
    expect(readFileSync(folder.at('a')).equals(content)).toBe(true);
  });

  it('keeps to the parts that it began with', async () => {
    backend.gets = [];
    backend.allowed = Infinity;
    const to = folder.at('a');
    const { resumedFrom } = await storage.download('k', { to, partSize: 3 * PART, resume: true });
    expect(resumedFrom).toBe(6 * PART);
    expect(readFileSync(to).equals(content)).toBe(true);
  });

  it('fetches a part again whose bytes are other ones, and what was cut off', async () => {
    const part = readFileSync(folder.at('a.stowage-part'));
    part[PART + 7]! ^= 1;
    writeFileSync(folder.at('a.stowage-part'), part);
    truncateSync(folder.at('a.stowage-part'), 4 * PART + 9);
    const { resumedFrom, gets, startedOver } = await fetched();
    expect({ resumedFrom, gets, startedOver }).toEqual({
      resumedFrom: 3 * PART,
      gets: 7,
      startedOver: undefined,
    });
    expect(readFileSync(folder.at('a')).equals(content)).toBe(true);
  });

  it.each<[string, (record: string) => string]>([
    ['cut', (record) => record.slice(0, -10)],
    ['empty', () => ''],
    ['changed', (record) => record.replace('"size":', '"size":1')],
    ['something else', () => '{"sum":0,"record":{}}\n'],
    ['of another key', (record) => record.replace('"key":"k"', '"key":"l"')],
  ])('begins anew when what was written down is %s', async (_, change) => {
    const path = folder.at('a.stowage-part.json');
    writeFileSync(path, change(readFileSync(path, 'utf8')));
    const { resumedFrom, gets, startedOver } = await fetched();
    expect({ resumedFrom, gets, startedOver }).toEqual({
      resumedFrom: 0,
      gets: COUNT,
      startedOver: 'damaged',
    });
    expect(readFileSync(folder.at('a')).equals(content)).toBe(true);
  });

  it('begins anew when the object is another one', async () => {
    const other = bytesOf(content.length, 2);
    await storage.put('k', other);
    const { resumedFrom, gets, startedOver } = await fetched();
    expect({ resumedFrom, gets, startedOver }).toEqual({
      resumedFrom: 0,
      gets: COUNT,
      startedOver: 'changed',
    });
    expect(readFileSync(folder.at('a')).equals(other)).toBe(true);
  });

  it('does not write through a link in the place of its file', async () => {
    const to = folder.at('b');
    writeFileSync(folder.at('precious'), 'kept');
    symlinkSync(folder.at('precious'), `${to}.stowage-part`);
    const error = await failure(storage.download('k', { to, resume: true }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'target' });
    expect(readFileSync(folder.at('precious'), 'utf8')).toBe('kept');
    expect(existsSync(`${to}.stowage-part.lock`)).toBe(false);
  });

  it('keeps what is written down when no more can be', async () => {
    const next = folder.at('a.stowage-part.json.new');
    mkdirSync(next);
    backend.allowed = Infinity;
    expect(await failure(download())).toMatchObject({ reason: 'target' });
    rmdirSync(next);
    expect(folder.names()).toEqual(['a.stowage-part', 'a.stowage-part.json']);
    expect((await fetched()).resumedFrom).toBe(6 * PART);
  });

  it('leaves no file of its own beside a small file that it may not touch', async () => {
    spawnSync('mkfifo', [folder.at('b.stowage-part.json')]);
    await failure(storage.download('k', { to: folder.at('b'), resume: true }));
    expect(folder.names()).toEqual(['a.stowage-part', 'a.stowage-part.json', 'b.stowage-part.json']);
  });

  it.each<[string, 'sync' | 'datasync', boolean, string, readonly string[]]>([
    ['the folder', 'sync', true, 'OUTCOME_UNKNOWN', ['a']],
    ['the file', 'sync', false, 'UNAVAILABLE', []],
    ['a part', 'datasync', false, 'UNAVAILABLE', []],
  ])('leaves nothing that cannot be resumed when the disk loses %s', async (_, call, folders, code, left) => {
    backend.allowed = Infinity;
    const restore = await losing(call, folders);
    try {
      expect(await failure(download())).toMatchObject({ code, reason: 'target' });
    } finally {
      restore();
    }
    expect(folder.names()).toEqual(left);
    expect(openIn(folder.path)).toEqual([]);
  });

  it('puts nothing in place, and removes nothing, when another process has taken it over meanwhile', async () => {
    backend.allowed = Infinity;
    const lock = folder.at('a.stowage-part.lock');
    const other = newOwnerId({ ...identify(proc), boot: 'abcdef' });
    backend.met = () => {
      const link = `${lock}.${readlinkSync(lock).slice(-10)}`;
      if (!existsSync(folder.at('taken'))) symlinkSync(other, link);
      writeFileSync(folder.at('taken'), '');
    };
    expect(await failure(download())).toMatchObject({ code: 'CONFLICT', reason: 'lock' });
    expect(folder.names().filter((name) => !name.startsWith('a.stowage-part.lock'))).toEqual([
      'a.stowage-part',
      'a.stowage-part.json',
      'taken',
    ]);
    expect(openIn(folder.path)).toEqual([]);
  });

  it('is refused while another one is under way', async () => {
    backend.allowed = Infinity;
    const results = await Promise.allSettled([download(), download(), download()]);
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(2);
    for (const one of refused)
      expect(one).toMatchObject({ reason: { code: 'CONFLICT', reason: 'lock', operation: 'download' } });
    expect(readFileSync(folder.at('a')).equals(content)).toBe(true);
    expect(folder.names()).toEqual(['a']);
  });
});

describe('the lock of a download', () => {
  const folder = useFolder();
  const path = () => folder.at('lock');
  const dead = () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    return newOwnerId({ ...identify(proc), pid, started: '1' });
  };

  it('is free again when it was given back', async () => {
    await (await DownloadLock.take(path())).release();
    await (await DownloadLock.take(path())).release();
    expect(folder.names()).toEqual([]);
  });

  it('is taken over from the dead, also one after the other, by one at a time', async () => {
    const [first, second] = [dead(), dead()];
    symlinkSync(first, path());
    symlinkSync(second, `${path()}.${first.slice(-10)}`);
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => DownloadLock.take(path())));
    const taken = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(taken).toHaveLength(1);
    expect(await failure(DownloadLock.take(path()))).toMatchObject({ code: 'CONFLICT', reason: 'lock' });
    await taken[0]?.release();
    expect(folder.names()).toEqual([]);
  });

  it('of another boot or machine is respected for a minute after its last sign of life', async () => {
    symlinkSync(newOwnerId({ ...identify(proc), boot: 'abcdef' }), path());
    expect((await failure(DownloadLock.take(path()))).code).toBe('CONFLICT');
    const long = new Date(Date.now() - 61_000);
    lutimesSync(path(), long, long);
    await (await DownloadLock.take(path())).release();
    expect(folder.names()).toEqual([]);
  });

  it('that was taken over takes nothing away from who has it, or from who has it then', async () => {
    const slow = await DownloadLock.take(path());
    const owner = readlinkSync(path());
    // As another machine would, which knows nothing of us but the time.
    const other = newOwnerId({ ...identify(proc), boot: 'abcdef' });
    const link = `${path()}.${owner.slice(-10)}`;
    symlinkSync(other, link);
    expect(await slow.isHeld()).toBe(false);
    expect(await failure(slow.assertHeld())).toMatchObject({ code: 'CONFLICT', reason: 'lock' });
    await slow.release();
    expect((await failure(DownloadLock.take(path()))).code).toBe('CONFLICT');
    expect([readlinkSync(path()), readlinkSync(link)]).toEqual([owner, other]);
  });

  it('that was taken over, given back and taken again is left alone', async () => {
    const slow = await DownloadLock.take(path());
    rmSync(path());
    const next = await DownloadLock.take(path());
    expect([await slow.isHeld(), await next.isHeld()]).toEqual([false, true]);
    await slow.release();
    expect(await next.isHeld()).toBe(true);
    expect((await failure(DownloadLock.take(path()))).code).toBe('CONFLICT');
    await next.release();
    expect(folder.names()).toEqual([]);
  });

  it('is given back where no further link can be made, as on a full disk', async () => {
    // It has room for the link itself, and for none with a longer name.
    const long = folder.at('l'.repeat(250));
    await (await DownloadLock.take(long)).release();
    await (await DownloadLock.take(long)).release();
    expect(folder.names()).toEqual([]);
  });

  it('of a process that was killed while it gave it back is taken over', async () => {
    const [owner, again] = [dead(), dead()];
    symlinkSync(owner, path());
    symlinkSync(again, `${path()}.${owner.slice(-10)}`);
    const lock = await DownloadLock.take(path());
    expect(await lock.isHeld()).toBe(true);
    await lock.release();
    expect(folder.names()).toEqual([]);
  });

  it('that is none of ours is respected', async () => {
    writeFileSync(path(), 'x');
    expect((await failure(DownloadLock.take(path()))).code).toBe('INVALID_ARGUMENT');
    symlinkSync('somebody', folder.at('other'));
    expect((await failure(DownloadLock.take(folder.at('other')))).code).toBe('CONFLICT');
  });
});

/** Lets fsync(2) or fdatasync(2) fail as on a disk that has lost what it was given. @param folders Whether of folders, or of files. */
async function losing(call: 'sync' | 'datasync', folders: boolean): Promise<() => void> {
  const file = await open(process.execPath);
  const handle = Object.getPrototypeOf(file) as FileHandle;
  await file.close();
  const spy = jest.spyOn(handle, call).mockImplementation(async function (this: FileHandle) {
    if ((await this.stat()).isDirectory() !== folders) return;
    const syscall = call === 'sync' ? 'fsync' : 'fdatasync';
    throw Object.assign(new Error(`EIO: i/o error, ${syscall}`), { code: 'EIO', syscall });
  });
  return () => spy.mockRestore();
}
