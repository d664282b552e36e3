import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { HttpRequest } from '../../../src/http/message/http-request.js';
import { readBody } from '../../../src/http/message/read-body.js';
import { ArrivingPart } from '../../../src/http/parts/arriving-part.js';
import { within } from '../../support/within.js';

/** A body that comes a byte at a time, all in the same memory: whoever keeps what came finds the last byte everywhere. */
function tinyBody(text: string): IncomingMessage {
  const byte = Buffer.alloc(1);
  let at = 0;
  return new Readable({
    highWaterMark: 1,
    read() {
      setImmediate(() => {
        if (at === text.length) return this.push(null);
        byte.write(text.charAt(at++), 'latin1');
        return this.push(byte);
      });
    },
  }) as IncomingMessage;
}

const TEXT = 'abcdefgh'.repeat(1_000);

describe('Bytes that come one by one', () => {
  it('are not kept as they came, in a body that is read as a whole', async () => {
    const body = readBody(tinyBody(TEXT) as unknown as HttpRequest, TEXT.length);
    expect((await within(body, 'the body')).equals(Buffer.from(TEXT))).toBe(true);
    const larger = readBody(tinyBody(TEXT) as unknown as HttpRequest, TEXT.length - 1);
    await expect(within(larger, 'the refusal')).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(await readBody(Readable.from([]) as unknown as HttpRequest, 0)).toHaveLength(0);
  });

  it('are not kept as they came, in a part', async () => {
    const part = new ArrivingPart(tinyBody(TEXT), TEXT.length);
    const [one, two] = [await part.read(0, 5_000), await part.read(5_000, TEXT.length)];
    expect(Buffer.concat([one, two]).equals(Buffer.from(TEXT))).toBe(true);
  });
});
