import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { PeekedBody } from '../../src/http/upload/peeked-body.js';

/** A source that gives each chunk in a turn of its own. */
function dripping(chunks: readonly Uint8Array[]): Readable {
  return Readable.from(
    (async function* () {
      for (const chunk of chunks) {
        await turn();
        yield chunk;
      }
    })(),
    { objectMode: false },
  );
}

async function all(body: Readable): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  body.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  await once(body, 'end');
  return Buffer.concat(chunks);
}

describe('PeekedBody', () => {
  const bytes = Buffer.from(Array.from({ length: 40 }, (_, at) => at));

  it('gives the first bytes and then all of them, wherever the source is split', async () => {
    for (let at = 1; at < bytes.length; at += 1) {
      for (const most of [1, 7, 39, 40, 41]) {
        const body = new PeekedBody(dripping([bytes.subarray(0, at), bytes.subarray(at)]));
        expect(Buffer.from(await body.first(most))).toEqual(bytes.subarray(0, most));
        expect(await all(body)).toEqual(bytes);
      }
    }
  });

  it('takes a source that gives one byte at a time, and looks again for more', async () => {
    const body = new PeekedBody(dripping([...bytes].map((byte) => Buffer.of(byte))));
    expect(Buffer.from(await body.first(3))).toEqual(bytes.subarray(0, 3));
    expect(Buffer.from(await body.first(30))).toEqual(bytes.subarray(0, 30));
    expect(Buffer.from(await body.first(3))).toEqual(bytes.subarray(0, 3));
    expect(await all(body)).toEqual(bytes);
  });

  it('takes a source that has nothing', async () => {
    const body = new PeekedBody(Readable.from([], { objectMode: false }));
    expect(await body.first(10)).toHaveLength(0);
    expect(await all(body)).toHaveLength(0);
  });

  it('passes chunks on as they are', async () => {
    const chunk = Buffer.alloc(100_000, 1);
    const body = new PeekedBody(dripping([chunk]));
    const first = await body.first(10);
    expect(first.buffer).toBe(chunk.buffer);
    const [given] = (await once(body, 'data')) as [Buffer];
    expect(given.buffer).toBe(chunk.buffer);
  });

  it('asks the source for no more than it looks at until it is read', async () => {
    let given = 0;
    const source = new Readable({
      highWaterMark: 1,
      read() {
        given += 1;
        this.push(Buffer.alloc(10));
      },
    });
    const body = new PeekedBody(source);
    await body.first(25);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    expect(given).toBeLessThan(6);
    body.destroy();
    expect(source.destroyed).toBe(true);
  });

  it('fails as its source does: while it is looked at, before it is read, and later', async () => {
    const failure = new Error('the line went');
    const early = new Readable({ read: () => undefined });
    const looked = new PeekedBody(early).first(10);
    early.destroy(failure);
    await expect(looked).rejects.toBe(failure);

    const before = new Readable({ read: () => undefined });
    before.on('error', () => undefined).destroy(failure);
    await turn();
    await expect(new PeekedBody(before).first(10)).rejects.toBe(failure);

    const late = new Readable({ read: () => undefined });
    const body = new PeekedBody(late);
    late.push(bytes);
    await body.first(4);
    const failed = all(body);
    late.destroy(failure);
    await expect(failed).rejects.toBe(failure);
  });

  it('ends the wait of who looks when it is destroyed', async () => {
    const source = new Readable({ read: () => undefined });
    const body = new PeekedBody(source);
    const looked = body.first(10);
    body.destroy();
    await expect(looked).rejects.toThrow('The body was destroyed');
    expect(source.destroyed).toBe(true);
  });
});
