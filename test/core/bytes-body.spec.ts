import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { toBytes } from '../../src/core/body.js';
import { BytesBody } from '../../src/core/bytes-body.js';
import { readAll } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import { within } from '../support/within.js';

const bytes = Buffer.from('some bytes');

describe('BytesBody', () => {
  it.each(['', 'some bytes'])('gives what it was made of, once: "%s"', async (text) => {
    const body = new BytesBody(Buffer.from(text));
    expect((await readAll(body)).toString()).toBe(text);
    expect(body.takeBytes()).toBeUndefined();
  });

  it('gives them without being read, and has ended then', async () => {
    const body = new BytesBody(bytes);
    const closed = once(body, 'close');
    expect(await toBytes(body)).toBe(bytes);
    await within(closed, 'closing');
    await expectCode(toBytes(body), 'ABORTED');
  });

  it.each<[string, (body: Readable) => unknown]>([
    ['is being read', (body) => body.on('data', () => undefined)],
    ['has a reader', (body) => body.on('readable', () => undefined)],
    ['has been read from', (body) => void body.read(1)],
    ['was paused by who reads it', (body) => body.pause()],
    ['is gone', (body) => body.destroy()],
  ])('does not give them away when it %s', (_, begin) => {
    const body = new BytesBody(bytes);
    begin(body);
    expect(body.takeBytes()).toBeUndefined();
    body.destroy();
  });

  it('is held to the size and the signal of who asks for all of it', async () => {
    expect(await toBytes(new BytesBody(bytes), { size: bytes.length })).toBe(bytes);
    await expectCode(toBytes(new BytesBody(bytes), { size: 3 }), 'INVALID_ARGUMENT');
    await expectCode(toBytes(new BytesBody(bytes), { signal: AbortSignal.abort() }), 'ABORTED');
  });
});
