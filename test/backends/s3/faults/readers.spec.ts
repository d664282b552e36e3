import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StorageError } from '../../../../src/core/error.js';
import type { Fault } from '../../../faults/fault.js';
import { crc32Of } from '../../../faults/tiny-s3.js';
import { sleep, within } from '../../../support/within.js';
import { usePatientServer } from './patient-server.js';

/** Every way to read a stream: each resolves with the number of bytes. */
const READERS: Readonly<Record<string, (body: Readable) => Promise<number>>> = {
  async 'for await'(body) {
    let size = 0;
    for await (const chunk of body) size += (chunk as Buffer).length;
    return size;
  },
  async pipeline(body) {
    let size = 0;
    await pipeline(
      body,
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          size += chunk.length;
          done();
        },
      }),
    );
    return size;
  },
  pipe: (body) =>
    new Promise((resolve, reject) => {
      let size = 0;
      body.on('error', reject);
      body
        .pipe(new PassThrough())
        .on('data', (chunk: Buffer) => (size += chunk.length))
        .on('end', () => resolve(size));
    }),
  readable: (body) =>
    new Promise((resolve, reject) => {
      let size = 0;
      body.on('readable', () => {
        for (let chunk = body.read() as Buffer | null; chunk; chunk = body.read() as Buffer | null)
          size += chunk.length;
      });
      body.on('end', () => resolve(size)).on('error', reject);
    }),
  async 'web stream'(body) {
    let size = 0;
    const web = Readable.toWeb(body) as unknown as AsyncIterable<Uint8Array>;
    for await (const chunk of web) size += chunk.length;
    return size;
  },
};

const FAULTS: Readonly<Record<string, readonly [Fault | undefined, string | undefined]>> = {
  'is right': [undefined, undefined],
  'has another checksum': [
    {
      answer: (due) => ({
        ...due,
        headers: { ...due.headers, 'x-amz-checksum-crc32': crc32Of(Buffer.from('other')) },
      }),
    },
    'INTEGRITY',
  ],
  'breaks off': [{ times: Infinity, sends: 'head', then: 'reset' }, 'UNAVAILABLE'],
};

describe.each(['auto', 'sdk'] as const)('a body, with requests: %s,', (requests) => {
  const bench = usePatientServer();

  for (const size of [5, 300_000]) {
    for (const [what, [fault, code]] of Object.entries(FAULTS)) {
      // Small content is read before anybody gets it: small-content.spec.ts.
      if (fault && size === 5 && requests === 'auto') continue;
      it(`of ${size} bytes that ${what} tells every reader, also one that comes late`, async () => {
        const storage = bench.open({ requests });
        const content = randomBytes(size);
        bench.server.s3.seed('k', content);
        for (const [name, read] of Object.entries(READERS)) {
          for (const late of [false, true]) {
            if (fault) bench.server.next({ ...fault, key: 'k' });
            const { body } = await storage.get('k');
            if (late) await sleep(60);
            const outcome = await within(
              read(body).catch((error: unknown) => (StorageError.is(error) ? error.code : error)),
              name,
              3_000,
            );
            expect([name, late, outcome]).toEqual([name, late, code ?? size]);
          }
        }
      });
    }
  }
});
