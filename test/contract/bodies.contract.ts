import { expect } from '@jest/globals';
import { PassThrough, Readable } from 'node:stream';
import type { BodyInput } from '../../src/core/body.js';
import { StorageError } from '../../src/core/error.js';
import { bytesOf, failing, KIB, released, stalled, streamOf } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import type { Theme } from './suite.js';

const TEXT = 'héllo 日本 😀';
const BYTES = Buffer.from(TEXT);

/** The bytes one by one, so that characters are cut. */
const single = (): Buffer[] => [...BYTES].map((byte) => Buffer.from([byte]));

async function* chunks<T>(values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}

function web<T>(values: readonly T[]): ReadableStream<T> {
  return new ReadableStream<T>({
    start(controller) {
      for (const value of values) controller.enqueue(value);
      controller.close();
    },
  });
}

function encoded(encoding: BufferEncoding): Readable {
  const stream = Readable.from(single(), { objectMode: false });
  return stream.setEncoding(encoding);
}

function passThrough(): Readable {
  const stream = new PassThrough();
  stream.write(BYTES.subarray(0, 3));
  setImmediate(() => stream.end(BYTES.subarray(3)));
  return stream;
}

/** Every form of a body; each must store BYTES. */
const FORMS: Readonly<Record<string, () => BodyInput>> = {
  'a string': () => TEXT,
  'a Buffer': () => Buffer.from(BYTES),
  'a Uint8Array': () => new Uint8Array(BYTES),
  'a view into a larger buffer': () => {
    const large = new Uint8Array(BYTES.length + 20).fill(255);
    large.set(BYTES, 7);
    return large.subarray(7, 7 + BYTES.length);
  },
  'an ArrayBuffer': () => new Uint8Array(BYTES).buffer,
  'a Blob': () => new Blob([BYTES.subarray(0, 5), new Uint8Array(BYTES.subarray(5))]),
  'a stream of bytes': () => streamOf(BYTES),
  'a stream of single bytes': () => Readable.from(single(), { objectMode: false }),
  'a stream of strings': () => Readable.from([TEXT.slice(0, 4), TEXT.slice(4)]),
  'an object-mode stream of bytes': () => Readable.from(single()),
  'a stream of strings and bytes': () => Readable.from([TEXT.slice(0, 4), Buffer.from(TEXT.slice(4))]),
  'a stream with setEncoding("utf8")': () => encoded('utf8'),
  'a stream with setEncoding("hex")': () => encoded('hex'),
  'a stream with setEncoding("base64")': () => encoded('base64'),
  'a stream with setEncoding("latin1")': () => encoded('latin1'),
  'a stream that is still written to': passThrough,
  'a web stream of bytes': () => web(single().map((byte) => new Uint8Array(byte))),
  'a web stream of strings': () => web([TEXT.slice(0, 4), TEXT.slice(4)]),
  'a web stream with empty chunks': () =>
    web([new Uint8Array(0), new Uint8Array(BYTES), new Uint8Array(0), new Uint8Array(0)]),
  'an async iterable of bytes': () => chunks(single()),
  'an async iterable of strings': () => chunks([TEXT.slice(0, 4), TEXT.slice(4)]),
  'an async iterable with empty chunks': () => chunks(['', new Uint8Array(0), TEXT, '', '']),
  'a character cut in two by the chunks of an iterable': () => chunks([...TEXT.split('')]),
};

const EMPTY: Readonly<Record<string, () => BodyInput>> = {
  'an empty string': () => '',
  'an empty Uint8Array': () => new Uint8Array(0),
  'an empty ArrayBuffer': () => new ArrayBuffer(0),
  'an empty Blob': () => new Blob([]),
  'an empty stream': () => Readable.from([]),
  'an empty stream of bytes': () => streamOf(),
  'a stream of one empty chunk': () => streamOf(''),
  'an empty web stream': () => web<Uint8Array>([]),
  'an empty async iterable': () => chunks<string>([]),
  'an async iterable of empty chunks': () => chunks(['', '']),
};

const NOT_BYTES: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  'a number': () => 5,
  'an object': () => ({ a: 1 }),
  'an array': () => [1, 2],
  'a function': () => () => 'x',
  'a promise': () => Promise.resolve('x'),
  'a stream of numbers': () => Readable.from([1, 2]),
  'a stream of objects': () => Readable.from([{ a: 1 }]),
  'an async iterable of numbers': () => chunks([1]),
  'an async iterable of null': () => chunks([null]),
  'a web stream of numbers': () => web([1]),
  'a web stream of objects': () => web([{ a: 1 }]),
};

const SPENT: Readonly<Record<string, () => BodyInput | Promise<BodyInput>>> = {
  'a stream read to its end': async () => {
    const stream = streamOf('x');
    await stream.toArray();
    return stream;
  },
  'a destroyed stream': () => stalled().destroy(),
  'a failed stream': async () => {
    const stream = stalled().on('error', () => undefined);
    stream.destroy(new Error('gone'));
    await released(stream);
    return stream;
  },
  'a locked web stream': () => {
    const stream = web(['x']);
    stream.getReader();
    return stream;
  },
};

export const bodies: Theme = (test) => {
  for (const [form, make] of Object.entries(FORMS)) {
    test(`stores ${form}`, async (storage) => {
      const info = await storage.put('k', make());
      expect(info.size).toBe(BYTES.length);
      expect(await storage.text('k')).toBe(TEXT);
    });
  }

  for (const [form, make] of Object.entries(EMPTY)) {
    test(`stores ${form}`, async (storage) => {
      expect((await storage.put('k', make())).size).toBe(0);
      expect((await storage.bytes('k')).length).toBe(0);
    });
  }

  for (const [form, make] of Object.entries(NOT_BYTES)) {
    test(`refuses ${form} as a body`, async (storage) => {
      await expectCode(storage.put('k', make() as BodyInput), 'INVALID_ARGUMENT');
      expect(await storage.exists('k')).toBe(false);
    });
  }

  for (const [form, make] of Object.entries(SPENT)) {
    test(`refuses ${form} as a body`, async (storage) => {
      await expectCode(storage.put('k', await make()), 'INVALID_ARGUMENT');
      expect(await storage.exists('k')).toBe(false);
    });
  }

  test('keeps what it was given, whatever the caller does to it afterwards', async (storage) => {
    const bytes = bytesOf(10 * KIB);
    const original = Buffer.from(bytes);
    await storage.put('k', bytes);
    bytes.fill(0);
    expect((await storage.bytes('k')).equals(original)).toBe(true);
    (await storage.bytes('k')).fill(0);
    expect((await storage.bytes('k')).equals(original)).toBe(true);
  });

  test('gives a body that can be left unread', async (storage) => {
    const bytes = bytesOf(300 * KIB);
    await storage.put('k', bytes);
    for (let i = 0; i < 50; i++) {
      const { body } = await storage.get('k');
      body.destroy();
      await released(body);
    }
    expect((await storage.bytes('k')).equals(bytes)).toBe(true);
  });

  for (const [what, size] of [
    ['nothing', 0],
    ['a few bytes', 10],
    ['200 KiB', 200 * KIB],
  ] as const) {
    test(`stores nothing when the source fails after ${what}`, async (storage) => {
      const cause = new Error('the disk of the source is broken');
      const error = await expectCode(storage.put('new', failing(cause, bytesOf(size))), 'ABORTED');
      expect(error.cause).toBe(cause);
      expect(await storage.exists('new')).toBe(false);
      await storage.put('k', 'old content');
      await expectCode(storage.put('k', failing(cause, bytesOf(size))), 'ABORTED');
      expect(await storage.text('k')).toBe('old content');
      expect((await storage.page()).objects.map(({ key }) => key)).toEqual(['k']);
    });
  }

  test('stores nothing when an async iterable throws half way', async (storage) => {
    const cause = new Error('half way');
    async function* source(): AsyncGenerator<string> {
      yield await Promise.resolve('first half');
      throw cause;
    }
    const error = await expectCode(storage.put('k', source()), 'ABORTED');
    expect(error.cause).toBe(cause);
    expect(await storage.exists('k')).toBe(false);
  });

  test('stores nothing when a web stream fails half way', async (storage) => {
    const cause = new Error('half way');
    let pulls = 0;
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++pulls <= 2) controller.enqueue(Buffer.from('some'));
        else controller.error(cause);
      },
    });
    const error = await expectCode(storage.put('k', source), 'ABORTED');
    expect(error.cause).toBe(cause);
    expect(await storage.exists('k')).toBe(false);
  });

  test('stores nothing when a stream is destroyed half way, without an error', async (storage) => {
    const source = stalled();
    setTimeout(() => source.destroy(), 20);
    await expectCode(storage.put('k', source), 'ABORTED');
    expect(await storage.exists('k')).toBe(false);
  });

  test('passes on the StorageError of a body as it is', async (storage) => {
    const own = new StorageError('TOO_LARGE', 'Only 3 bytes are allowed', { reason: 'limit' });
    const error = await expectCode(storage.put('k', failing(own)), 'TOO_LARGE');
    expect(error.reason).toBe('limit');
    expect(error.message).toContain('Only 3 bytes are allowed');
    expect(await storage.exists('k')).toBe(false);
  });
};
