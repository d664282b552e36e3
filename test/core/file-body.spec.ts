import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readlink, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FileBody, type FileBodyOptions } from '../../src/core/file-body.js';
import { bytesOf, MIB, readAll, released } from '../support/bodies.js';
import { expectCode, thrown } from '../support/errors.js';
import { within } from '../support/within.js';

const SIZE = 3 * MIB + 17;
const bytes = bytesOf(SIZE);
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-body-'));
  path = join(folder, 'file');
  await writeFile(path, bytes);
});

afterEach(async () => {
  if (process.platform === 'linux') expect(await descriptors()).toBe(0);
  await rm(folder, { recursive: true, force: true });
});

/** How many descriptors of the file this process has. */
async function descriptors(): Promise<number> {
  const all = await readdir('/proc/self/fd');
  const targets = await Promise.all(all.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(folder)).length;
}

/** Reads `body` to its end, or to its failure, and waits until its file is closed. */
async function content(body: FileBody): Promise<Buffer> {
  try {
    return await within(readAll(body));
  } finally {
    await released(body);
  }
}

describe('FileBody', () => {
  it('is a stream of the file, or of a part of it', async () => {
    expect((await content(new FileBody(path))).equals(bytes)).toBe(true);
    const parts: readonly [FileBodyOptions, Buffer][] = [
      [{ start: 5 }, bytes.subarray(5)],
      [{ start: 5, end: 5 }, bytes.subarray(5, 6)],
      [{ end: MIB }, bytes.subarray(0, MIB + 1)],
      [{ start: SIZE }, Buffer.alloc(0)],
      [{ start: SIZE, end: SIZE - 1 }, Buffer.alloc(0)],
      [{ start: MIB - 1, end: 2 * MIB }, bytes.subarray(MIB - 1, 2 * MIB + 1)],
    ];
    for (const [options, part] of parts)
      expect((await content(new FileBody(path, options))).equals(part)).toBe(true);
    await writeFile(path, '');
    expect(await content(new FileBody(path))).toHaveLength(0);
  });

  it('can be read at any place, again and again', async () => {
    const body = new FileBody(path, { start: 10 });
    const { size } = await body.state();
    expect(size).toBe(SIZE - 10);
    const buffer = Buffer.alloc(100);
    for (const at of [0, 1000, 0, SIZE - 110]) {
      await body.readInto(buffer, at);
      expect(buffer.equals(bytes.subarray(10 + at, 110 + at))).toBe(true);
    }
    const part = body.part(MIB, 2 * MIB);
    expect(part.byteLength).toBe(2 * MIB);
    for (let i = 0; i < 2; i++) {
      const some = await part.read(7, 77);
      expect(Buffer.from(some).equals(bytes.subarray(10 + MIB + 7, 10 + MIB + 77))).toBe(true);
    }
    await body.assertUnchanged();
    body.destroy();
    await released(body);
  });

  it('opens nothing before it is read, and nothing when it was given up before', async () => {
    const body = new FileBody(join(folder, 'not-there'));
    expect(await descriptors()).toBe(0);
    body.destroy();
    await released(body);
    expect(await expectCode(body.state(), 'ABORTED')).toMatchObject({ reason: 'body' });
  });

  it('closes its file when it is destroyed, also while it opens or reads', async () => {
    const early = new FileBody(path);
    const opening = early.state();
    early.destroy();
    await within(opening);
    await released(early);
    const reading = new FileBody(path);
    await reading.state();
    const read = reading.readInto(Buffer.alloc(2 * MIB), 0).catch(() => undefined);
    reading.destroy();
    await within(read);
    await released(reading);
    const streaming = new FileBody(path);
    for await (const chunk of streaming) {
      expect(chunk).toBeDefined();
      break;
    }
    await released(streaming);
  });

  it('says that there is no file, or no file but something else, and does not hang', async () => {
    const missing = await expectCode(content(new FileBody(join(folder, 'missing'))), 'INVALID_ARGUMENT');
    expect(missing).toMatchObject({ reason: 'body', cause: { code: 'ENOENT' } });
    expect(missing.message).toBe(`A file body: ${join(folder, 'missing')} is no file: ENOENT`);
    for (const none of [join(path, 'beneath'), join(folder, 'x'.repeat(300))])
      expect((await expectCode(content(new FileBody(none)), 'INVALID_ARGUMENT')).message).toContain(none);
    await expectCode(content(new FileBody(folder)), 'INVALID_ARGUMENT');
    if (process.platform === 'win32') return;
    await promisify(execFile)('mkfifo', [join(folder, 'pipe')]);
    await expectCode(content(new FileBody(join(folder, 'pipe'))), 'INVALID_ARGUMENT');
  });

  it('refuses parts that the file has not, and what is no path or no place', async () => {
    await expectCode(content(new FileBody(path, { start: SIZE + 1 })), 'INVALID_ARGUMENT');
    await expectCode(content(new FileBody(path, { end: SIZE })), 'INVALID_ARGUMENT');
    const wrong: readonly [unknown, FileBodyOptions][] = [
      ['', {}],
      ['a\0b', {}],
      [7, {}],
      [path, { start: -1 }],
      [path, { start: 1.5 }],
      [path, { end: -1 }],
      [path, { start: 9, end: 7 }],
    ];
    for (const [name, options] of wrong)
      expect(thrown(() => new FileBody(name as string, options))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'body',
      });
  });

  it('fails when the file is cut while it is read', async () => {
    const body = new FileBody(path);
    await body.state();
    await truncate(path, MIB + 5);
    await expectCode(content(body), 'ABORTED');
    await writeFile(path, bytes);
    const placed = new FileBody(path);
    await placed.state();
    await truncate(path, 10);
    const error = await expectCode(placed.readInto(Buffer.alloc(20), 0), 'ABORTED');
    expect(error).toMatchObject({ reason: 'body' });
    placed.destroy();
    await released(placed);
  });

  it('fails at its end when the file was changed meanwhile', async () => {
    const grown = new FileBody(path);
    await grown.state();
    await appendFile(path, 'more');
    expect(await expectCode(content(grown), 'ABORTED')).toMatchObject({ reason: 'changed' });
    const touched = new FileBody(path);
    await touched.state();
    await utimes(path, 1, 1);
    expect(await expectCode(content(touched), 'ABORTED')).toMatchObject({ reason: 'changed' });
  });
});
