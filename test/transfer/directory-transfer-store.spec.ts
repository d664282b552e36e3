import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { identify, newOwnerId } from '../../src/core/process-identity.js';
import { proc } from '../../src/core/proc.js';
import { DirectoryTransferStore } from '../../src/transfer/resume/directory-transfer-store.js';
import { expectCode, thrown } from '../support/errors.js';
import { within } from '../support/within.js';
import { deadPid } from './support/owners.js';

const id = 'a'.repeat(32);
const bytes = (text: string) => Buffer.from(text);
let folders: string[] = [];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'stowage-transfers-'));
  folders.push(path);
  return path;
}

afterEach(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
  folders = [];
});

async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found;
}

describe('DirectoryTransferStore', () => {
  it('gives what was stored, in another instance too', async () => {
    const path = join(folder(), 'a/b');
    await new DirectoryTransferStore(path).put(id, bytes('one'), undefined);
    const store = new DirectoryTransferStore(path);
    expect((await store.get(id))?.bytes.toString()).toBe('one');
    expect(await store.list()).toEqual([id]);
    expect(await store.get('b'.repeat(32))).toBeUndefined();
  });

  it('gives all records, each in its newest version, and reads the names once for that', async () => {
    let reads = 0;
    class Counting extends DirectoryTransferStore {
      protected override names() {
        reads++;
        return super.names();
      }
    }
    const store = new Counting(folder());
    const names = Array.from({ length: 30 }, (_, i) => i.toString(16).padStart(32, '0'));
    for (const name of names) await store.put(name, bytes(name), undefined);
    await store.put(names[3]!, bytes('newer'), '1');
    reads = 0;
    const found = new Map<string, string>();
    for await (const { id, bytes, version } of store.all())
      found.set(id, `${version} ${Buffer.from(bytes).toString()}`);
    expect(reads).toBe(1);
    expect([...found].sort()).toEqual(names.map((name, i) => [name, i === 3 ? '2 newer' : `1 ${name}`]));
    expect([...(await store.list())].sort()).toEqual(names);
  });

  it('gives a record that is replaced while all are read, and none that is removed', async () => {
    const store = new DirectoryTransferStore(folder());
    const [first, second, third] = ['1', '2', '3'].map((name) => name.repeat(32)) as [string, string, string];
    for (const name of [first, second, third]) await store.put(name, bytes(name), undefined);
    const found: string[] = [];
    let left = [first, second, third];
    for await (const { id, version } of store.all()) {
      found.push(`${id[0]} ${version}`);
      if (found.length > 1) continue;
      left = left.filter((name) => name !== id);
      await store.put(left[0]!, bytes('newer'), '1');
      await store.delete(left[1]!);
    }
    expect(found.slice(1)).toEqual([`${left[0]![0]} 2`]);
  });

  it('has nothing before anything was stored, and makes nothing for that', async () => {
    const path = join(folder(), 'none');
    const store = new DirectoryTransferStore(path);
    expect(await store.get(id)).toBeUndefined();
    expect(await store.list()).toEqual([]);
    expect(await store.tidy()).toBe(0);
    await store.delete(id);
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  it('replaces only the version that it is told', async () => {
    const store = new DirectoryTransferStore(folder());
    const first = await store.put(id, bytes('one'), undefined);
    const second = await store.put(id, bytes('two'), first);
    expect(second).not.toBe(first);
    for (const stale of [undefined, first, '7']) {
      const error = await expectCode(store.put(id, bytes('three'), stale), 'CONFLICT');
      expect(error.reason).toBe('version');
    }
    expect(await store.get(id)).toEqual({ bytes: bytes('two'), version: second });
    expect(readdirSync(store.path)).toHaveLength(1);
  });

  it('brings nothing back that was deleted', async () => {
    const store = new DirectoryTransferStore(folder());
    const version = await store.put(id, bytes('one'), undefined);
    await store.delete(id);
    await store.delete(id);
    await expectCode(store.put(id, bytes('two'), version), 'CONFLICT');
    expect(readdirSync(store.path)).toEqual([]);
  });

  it('lets one of many win that replace one version', async () => {
    const path = folder();
    let version: string | undefined;
    for (let round = 0; round < 20; round++) {
      const contenders = Array.from({ length: 8 }, (_, i) =>
        new DirectoryTransferStore(path).put(id, bytes(`${round}/${i}`), version).then(
          (won) => ({ won, i }),
          () => undefined,
        ),
      );
      const winners = (await Promise.all(contenders)).filter((one) => one !== undefined);
      expect(winners).toHaveLength(1);
      version = winners[0]?.won;
      const now = await new DirectoryTransferStore(path).get(id);
      expect(now?.bytes.toString()).toBe(`${round}/${winners[0]?.i}`);
    }
    expect(readdirSync(path)).toHaveLength(1);
  });

  it('counts every increment of many that read and replace', async () => {
    const path = folder();
    await new DirectoryTransferStore(path).put(id, bytes('0'), undefined);
    const worker = async () => {
      const store = new DirectoryTransferStore(path);
      for (let done = 0; done < 25;) {
        const now = await store.get(id);
        if (!now) throw new Error('The record has gone');
        const next = bytes(String(Number(now.bytes.toString()) + 1));
        done += await store.put(id, next, now.version).then(
          () => 1,
          () => 0,
        );
      }
    };
    await within(Promise.all([worker(), worker(), worker(), worker()]), 'the increments', 15_000);
    expect((await new DirectoryTransferStore(path).get(id))?.bytes.toString()).toBe('100');
  });

  it('keeps what it stores from other users', async () => {
    const path = join(folder(), 'own');
    const store = new DirectoryTransferStore(path);
    await store.put(id, bytes('one'), undefined);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(readdirSync(path).map((name) => statSync(join(path, name)).mode & 0o777)).toEqual([0o600]);
  });

  it('takes the newer of two versions, which a crash between link and removal leaves', async () => {
    const store = new DirectoryTransferStore(folder());
    await store.put(id, bytes('one'), await store.put(id, bytes('zero'), undefined));
    writeFileSync(join(store.path, `${id}.3.json`), 'two');
    expect(await store.get(id)).toEqual({ bytes: bytes('two'), version: '3' });
    await expectCode(store.put(id, bytes('late'), '2'), 'CONFLICT');
    await store.put(id, bytes('three'), '3');
    expect(readdirSync(store.path)).toEqual([`${id}.4.json`]);
  });

  it('loses nothing when it is read while it is written', async () => {
    const path = folder();
    let version = await new DirectoryTransferStore(path).put(id, bytes('0'), undefined);
    let writing = true;
    const reader = async () => {
      const store = new DirectoryTransferStore(path);
      for (let last = 0; writing;) {
        const now = Number((await store.get(id))?.bytes.toString());
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
      }
    };
    const writer = async () => {
      const store = new DirectoryTransferStore(path);
      try {
        for (let i = 1; i <= 150; i++) version = await store.put(id, bytes(String(i)), version);
      } finally {
        writing = false;
      }
    };
    await within(Promise.all([writer(), reader(), reader()]), 'the writes', 15_000);
    expect((await new DirectoryTransferStore(path).get(id))?.bytes.toString()).toBe('150');
  });

  it('removes the temporary files of processes that have ended, and no others', async () => {
    const store = new DirectoryTransferStore(folder());
    const self = identify(proc);
    const name = (changes: object) => `${newOwnerId({ ...self, ...changes })}.tmp`;
    const [living, dead, elsewhere, old] = [
      name({}),
      name({ pid: await deadPid() }),
      name({ boot: '0123456789ab' }),
      name({ boot: '0123456789ab' }),
    ];
    for (const one of [living, dead, elsewhere, old]) writeFileSync(join(store.path, one), '');
    writeFileSync(join(store.path, 'notes.txt'), '');
    const yesterday = new Date(Date.now() - 86_400_000);
    utimesSync(join(store.path, old), yesterday, yesterday);
    expect(await store.list()).toEqual([]);
    expect(await store.tidy()).toBe(2);
    expect(readdirSync(store.path).sort()).toEqual([elsewhere, living, 'notes.txt'].sort());
  });

  it('refuses an id that is none, so that no id is a path', async () => {
    const store = new DirectoryTransferStore(folder());
    for (const bad of ['', '../x', 'a/b', 'A', 'a.b', 'a'.repeat(65), '-a', 7 as unknown as string]) {
      await expectCode(store.get(bad), 'INVALID_ARGUMENT');
      await expectCode(store.put(bad, bytes('x'), undefined), 'INVALID_ARGUMENT');
      await expectCode(store.delete(bad), 'INVALID_ARGUMENT');
    }
    for (const path of ['', 'a\0b', undefined as unknown as string])
      expect(thrown(() => new DirectoryTransferStore(path)).code).toBe('INVALID_ARGUMENT');
  });

  it('says what the disk answers', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, '');
    const store = new DirectoryTransferStore(path);
    await expectCode(store.put(id, bytes('x'), undefined), 'CONFLICT', 'NOT_FOUND');
  });

  it.each<readonly [string, (path: string) => void]>([
    ['a folder', (path) => mkdirSync(path)],
    ['a pipe, which nobody writes to', (path) => void execFileSync('mkfifo', [path])],
    ['a link to a file', (path) => symlinkSync(process.execPath, path)],
    ['a link to nothing', (path) => symlinkSync('/nonexistent', path)],
    ['a link to itself', (path) => symlinkSync(path, path)],
    ['a file of more than memory', (path) => (writeFileSync(path, ''), truncateSync(path, 3 * 2 ** 30))],
  ])('takes no record for one that is %s', async (_, make) => {
    const store = new DirectoryTransferStore(folder());
    make(join(store.path, `${id}.1.json`));
    const nothing = { bytes: new Uint8Array(), version: '1' };
    expect(await within(store.get(id), 'the look')).toEqual(nothing);
    expect(await within(collect(store.all()), 'the list')).toEqual([{ id, ...nothing }]);
  });
});
