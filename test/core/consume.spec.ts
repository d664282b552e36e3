import { describe, expect, it } from '@jest/globals';
import { PassThrough, Readable } from 'node:stream';
import { consume } from '../../src/core/consume.js';
import { StorageError } from '../../src/core/error.js';
import { failing, released, stalled, streamOf } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import { sleep, within } from '../support/within.js';

describe('consume', () => {
  it('gives the next chunk when the one before was taken, and ends after the last', async () => {
    const order: string[] = [];
    await within(
      consume(streamOf('a', 'b', 'c'), {}, async (chunk) => {
        order.push(`take ${Buffer.from(chunk).toString()}`);
        await sleep(3);
        order.push('taken');
      }),
    );
    expect(order).toEqual(['take a', 'taken', 'take b', 'taken', 'take c', 'taken']);
  });

  it('keeps the error of a body that failed before it was read', async () => {
    const cause = new Error('The client went away');
    const body = stalled().on('error', () => undefined);
    body.destroy(cause);
    await released(body);
    expect(
      (
        await expectCode(
          consume(body, {}, () => undefined),
          'ABORTED',
        )
      ).cause,
    ).toBe(cause);
    const own = new StorageError('TOO_LARGE', 'Over the limit');
    const refused = stalled().on('error', () => undefined);
    refused.destroy(own);
    expect(
      await expectCode(
        consume(refused, {}, () => undefined),
        'TOO_LARGE',
      ),
    ).toBe(own);
  });

  it('ends by its signal also when the destruction of the body waits for a stalled source', async () => {
    const controller = new AbortController();
    async function* source(): AsyncGenerator<Buffer> {
      yield Buffer.from('a');
      await new Promise(() => undefined);
    }
    const body = Readable.from(source(), { objectMode: false });
    const consuming = consume(body, { signal: controller.signal }, () => controller.abort());
    await expectCode(within(consuming), 'ABORTED');
    expect(body.destroyed).toBe(true);
    const late = Readable.from(source(), { objectMode: false });
    await expectCode(within(consume(late, { signal: controller.signal }, () => undefined)), 'ABORTED');
  });

  const interruptions: Readonly<Record<string, (body: Readable, controller: AbortController) => void>> = {
    'its signal aborts': (_, controller) => controller.abort(),
    'the body fails': (body) => void body.destroy(new Error('broken')),
    'the body is closed': (body) => void body.destroy(),
  };
  for (const [what, interrupt] of Object.entries(interruptions)) {
    it(`does not fail before the chunk at hand is taken when ${what}`, async () => {
      // Who takes it may write to a file that is closed, and its descriptor used again, after the failure.
      const body = new PassThrough();
      body.write('chunk');
      const controller = new AbortController();
      let taking = false;
      const work = consume(body, { signal: controller.signal }, async () => {
        taking = true;
        await sleep(30);
        taking = false;
      });
      const failed = expectCode(work, 'ABORTED');
      await sleep(5);
      expect(taking).toBe(true);
      interrupt(body, controller);
      await failed;
      expect(taking).toBe(false);
    });
  }

  it('takes nothing after a failure', async () => {
    let taken = 0;
    const body = Readable.from([Buffer.from('a'), Buffer.from('b'), Buffer.from('c')], { objectMode: false });
    const cause = new Error('The disk is full');
    const work = consume(body, {}, async () => {
      taken++;
      await sleep(2);
      throw cause;
    });
    await expect(within(work)).rejects.toBe(cause);
    await released(body);
    expect(taken).toBe(1);
    expect(body.destroyed).toBe(true);
  });

  it('ends at once what fails without a chunk at hand', async () => {
    const work = consume(failing(new Error('x')), {}, () => undefined);
    await expectCode(work, 'ABORTED');
    const aborted = consume(stalled(), { signal: AbortSignal.abort() }, () => undefined);
    await expectCode(aborted, 'ABORTED');
  });
});
