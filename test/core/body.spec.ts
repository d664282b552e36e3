import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { linkAbort, onAbort } from '../../src/core/abort.js';
import { discard, readChunks, toBody, toBytes, type BodyInput } from '../../src/core/body.js';
import { StorageError } from '../../src/core/error.js';
import { failing, released, stalled, streamOf } from '../support/bodies.js';
import { expectCode, thrown } from '../support/errors.js';
import { within } from '../support/within.js';

const text = async (input: BodyInput) => (await within(toBytes(toBody(input)))).toString();

describe('toBody', () => {
  it('keeps any text that comes in pieces, wherever it was cut', async () => {
    const piece = fc.string({ unit: 'binary', maxLength: 4 });
    const property = fc.asyncProperty(fc.array(piece), fc.nat(20), async (pieces, cut) => {
      const whole = pieces.join('');
      async function* source(): AsyncGenerator<string> {
        yield await Promise.resolve(whole.slice(0, cut));
        yield whole.slice(cut, cut + 1);
        yield whole.slice(cut + 1);
      }
      expect(await text(source())).toBe(whole);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('ends half a character with U+FFFD, as Buffer.from does', async () => {
    expect(await text(Readable.from(['a\ud83d']))).toBe('a\ufffd');
    expect(await text(Readable.from(['\ud83d', Buffer.from('x')]))).toBe('\ufffdx');
    expect(await text(Readable.from(['\ud83d', 'x', '\ude00']))).toBe('\ufffdx\ufffd');
  });

  it('gives bytes without a copy, and streams of bytes as they are', () => {
    const bytes = Buffer.from('x');
    expect(toBody(bytes)).toBe(bytes);
    const stream = streamOf('x');
    expect(toBody(stream)).toBe(stream);
  });

  it('says what a body is when it is none', () => {
    for (const wrong of [undefined, null, 5, {}, [], true]) {
      const error = thrown(() => toBody(wrong as BodyInput));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'body' });
    }
  });

  it.each([undefined, null])('fails when a source gives %j as a result', async (result) => {
    const source = { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(result) }) };
    await expectCode(text(source as unknown as BodyInput), 'ABORTED');
  });

  it('fails with a StorageError when a source cannot be iterated', () => {
    const cause = new Error('broken');
    const source = {
      [Symbol.asyncIterator]: (): never => {
        throw cause;
      },
    };
    const error = thrown(() => toBody(source));
    expect(error).toMatchObject({ code: 'ABORTED', cause });
  });

  it('asks a source for no more than is read', async () => {
    let asked = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (;;) {
        asked++;
        yield await Promise.resolve(Buffer.alloc(64 * 1024));
      }
    }
    const body = toBody(source()) as Readable;
    const reader = body[Symbol.asyncIterator]();
    await within(reader.next());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toBeLessThan(5);
    await reader.return?.();
  });
});

describe('readChunks', () => {
  it('counts the bytes against the size', async () => {
    expect((await toBytes(streamOf('ab', 'c'), { size: 3 })).toString()).toBe('abc');
    for (const size of [0, 2, 4]) {
      const error = await expectCode(toBytes(streamOf('ab', 'c'), { size }), 'INVALID_ARGUMENT');
      expect(error.reason).toBe('size');
      await expectCode(toBytes(Buffer.from('abc'), { size }), 'INVALID_ARGUMENT');
    }
  });

  it('tells an abort from a failure of the body', async () => {
    const cause = new Error('broken');
    expect((await expectCode(toBytes(failing(cause)), 'ABORTED')).cause).toBe(cause);
    const own = new StorageError('TOO_LARGE', 'x');
    expect(await expectCode(toBytes(failing(own)), 'TOO_LARGE')).toBe(own);
    const controller = new AbortController();
    const work = toBytes(stalled(), { signal: controller.signal });
    const reason = new StorageError('TIMEOUT', 'late');
    setTimeout(() => controller.abort(reason), 10);
    expect(await expectCode(work, 'TIMEOUT')).toBe(reason);
  });

  it('releases a body that is not read to its end', async () => {
    const body = stalled();
    for await (const chunk of readChunks(body)) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
    await released(body);
    expect(body.destroyed).toBe(true);
  });

  it('discards a body once, and bytes not at all', () => {
    const body = stalled();
    discard(body);
    discard(body);
    discard(Buffer.from('x'));
    expect(body.destroyed).toBe(true);
  });
});

describe('abort signals', () => {
  it('are shared by many operations without a warning of a leak', () => {
    const { signal } = new AbortController();
    const releases = Array.from({ length: 50 }, () => onAbort(signal, () => undefined));
    // events.getMaxListeners of Node 20 does not know signals.
    const property = Object.getOwnPropertySymbols(signal).find(
      ({ description }) => description === 'events.maxEventTargetListeners',
    );
    expect(property && Reflect.get(signal, property)).toBe(0);
    releases.forEach((release) => release());
  });

  it('part from their parent when released', () => {
    const parent = new AbortController();
    const link = linkAbort(parent.signal);
    link.release();
    parent.abort();
    expect(link.signal.aborted).toBe(false);
    link.abort(new StorageError('TIMEOUT', 'late'));
    expect(link.signal.aborted).toBe(true);
    expect(linkAbort(parent.signal).signal.aborted).toBe(true);
  });
});
