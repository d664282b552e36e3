import { describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { StorageError } from '../../src/core/error.js';
import { admitContent } from '../../src/http/upload/admit-content.js';
import { UploadBody } from '../../src/http/upload/upload-body.js';
import { CONTENTS } from './support/contents.js';
import { DOCX } from './support/office.js';

const MIB = 1024 * 1024;
const PICTURES = { types: ['image/*'] };
const png = { name: 'a.png', declared: 'image/png' };

/** A source of `total` bytes that begins with `start`, and how many it was asked for. */
function counted(start: Buffer, total: number, chunk = 65_536): { source: Readable; given: () => number } {
  let given = 0;
  const source = new Readable({
    highWaterMark: 1,
    read() {
      const size = Math.min(chunk, total - given);
      const bytes =
        given === 0 ? Buffer.concat([start, Buffer.alloc(size)]).subarray(0, size) : Buffer.alloc(size);
      given += size;
      this.push(size === 0 ? null : bytes);
    },
  });
  return { source, given: () => given };
}

async function sha256(body: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of body) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

describe('The gate', () => {
  it('refuses 100 MiB of nothing known after its first bytes', async () => {
    const { source, given } = counted(Buffer.alloc(0), 100 * MIB);
    const body = new UploadBody(source, 200 * MIB);
    await expect(admitContent(body, png, PICTURES)).rejects.toMatchObject({
      code: 'TYPE_REFUSED',
      reason: 'content',
    });
    body.destroy();
    // What the body holds while nobody reads.
    expect(given()).toBeLessThan(MIB);
  });

  it('gives on all of what it takes, and asks for the rest only when it is read', async () => {
    const { source, given } = counted(CONTENTS.png, 8 * MIB);
    const { body, contentType } = await admitContent(source, png, PICTURES);
    expect(contentType).toBe('image/png');
    // One chunk to look at, and one that the source has ready.
    expect(given()).toBeLessThanOrEqual(2 * 65_536);
    const expected = counted(CONTENTS.png, 8 * MIB);
    expect(await sha256(body)).toBe(await sha256(expected.source));
  });

  it.each(['png', 'text', 'pdf', 'docx', 'mp3'] as const)(
    'decides the same wherever %s is split',
    async (name) => {
      const types = {
        png: 'image/png',
        text: 'text/plain',
        pdf: 'application/pdf',
        docx: undefined,
        mp3: 'audio/mpeg',
      };
      const content = Buffer.concat([
        CONTENTS[name],
        name === 'text' ? Buffer.from('ü'.repeat(4100)) : randomBytes(200),
      ]);
      const claimed = { name: 'a', declared: types[name] };
      const whole = await admitContent(Readable.from([content]), claimed, { sniff: true });
      for (let at = 1; at < Math.min(content.length, 4200); at += 1) {
        const source = Readable.from([content.subarray(0, at), content.subarray(at)], { objectMode: false });
        const { body, contentType } = await admitContent(source, claimed, { sniff: true });
        expect(contentType).toBe(whole.contentType);
        const chunks: Buffer[] = [];
        for await (const chunk of body) chunks.push(chunk as Buffer);
        expect(Buffer.concat(chunks).equals(content)).toBe(true);
      }
    },
  );

  it('looks further into a ZIP than into anything else, and no further than 64 KiB', async () => {
    const content = DOCX['a writer that begins with a large picture'];
    const { source, given } = counted(content, MIB, 1000);
    const { contentType } = await admitContent(
      source,
      { name: 'a.docx', declared: undefined },
      { sniff: true },
    );
    expect(contentType).toBe('application/vnd.openxmlformats-officedocument.wordprocessingml.document');
    expect(given()).toBeLessThanOrEqual(67_000);
    const other = counted(CONTENTS.png, MIB, 1000);
    await admitContent(other.source, png, PICTURES);
    expect(other.given()).toBeLessThanOrEqual(6000);
  });

  it('reads nothing of what could not be taken whatever it is', async () => {
    const { source, given } = counted(CONTENTS.png, MIB);
    await expect(admitContent(source, { name: 'a', declared: 'text/html' }, PICTURES)).rejects.toMatchObject({
      code: 'TYPE_REFUSED',
      reason: 'type',
    });
    expect(given()).toBe(0);
  });

  it('fails as the body does that fails before enough of it has come', async () => {
    const part = new Readable({ read: () => undefined });
    const body = new UploadBody(part, 100);
    const admitted = admitContent(body, png, PICTURES);
    part.push(CONTENTS.png);
    part.destroy(new Error('reset'));
    await expect(admitted).rejects.toMatchObject({ code: 'ABORTED', reason: 'body' });
  });

  it.each<[string, Parameters<typeof admitContent>[2], boolean]>([
    ['no types', {}, false],
    ['types', PICTURES, true],
    ['types and sniff: false', { ...PICTURES, sniff: false }, false],
    ['sniff: true', { sniff: true }, true],
  ])('looks at content with %s: %s', async (_, rules, looks) => {
    const admitted = admitContent(Readable.from([CONTENTS.html], { objectMode: false }), png, rules);
    if (looks) await expect(admitted).rejects.toMatchObject({ code: 'TYPE_REFUSED' });
    else expect((await admitted).contentType).toBe('image/png');
  });

  it('takes of a family only what can be recognised, and any type that is named', async () => {
    const admit = async (types: readonly string[], content: Buffer, declared: string): Promise<string> => {
      const source = Readable.from([content], { objectMode: false });
      try {
        return (await admitContent(source, { name: 'a', declared }, { types })).contentType;
      } catch (error) {
        return StorageError.is(error) ? error.code : String(error);
      }
    };
    expect([
      await admit(['audio/*'], CONTENTS.unknown, 'audio/x-of-nobody'),
      await admit(['audio/x-of-nobody'], CONTENTS.unknown, 'audio/x-of-nobody'),
      await admit(['audio/x-of-nobody'], CONTENTS.exe, 'audio/x-of-nobody'),
      await admit(['*/*'], CONTENTS.unknown, 'audio/x-of-nobody'),
      await admit(['application/octet-stream'], CONTENTS.exe, 'application/octet-stream'),
      await admit(['image/*', 'application/octet-stream'], CONTENTS.png, 'application/octet-stream'),
      await admit(['image/*'], CONTENTS.unknown, 'application/octet-stream'),
      await admit(['image/jpeg'], CONTENTS.jpeg, 'image/jpg'),
      await admit(['image/jpg'], CONTENTS.jpeg, 'image/jpg'),
      await admit(['text/csv'], CONTENTS.csv, 'application/vnd.ms-excel'),
    ]).toEqual([
      'TYPE_REFUSED',
      'audio/x-of-nobody',
      'TYPE_REFUSED',
      'audio/x-of-nobody',
      'application/octet-stream',
      'image/png',
      'TYPE_REFUSED',
      'image/jpeg',
      'image/jpg',
      'text/csv',
    ]);
  });
});
