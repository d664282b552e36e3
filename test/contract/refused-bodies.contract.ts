import { expect } from '@jest/globals';
import { Readable } from 'node:stream';
import type { StorageErrorCode } from '../../src/core/error.js';
import type { PutOptions } from '../../src/core/options.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { failing, released, stalled } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import { within } from '../support/within.js';
import type { Feature, Theme } from './suite.js';

interface Refusal {
  readonly key: string;
  readonly code: StorageErrorCode;
  readonly needs?: readonly Feature[];
  readonly options?: () => PutOptions;
}

/** Puts that are refused before their body is read, or soon after. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  'a bad key': { key: 'a//b', code: 'INVALID_ARGUMENT' },
  'bad options': { key: 'k', code: 'INVALID_ARGUMENT', options: () => ({ contentType: 'none' }) },
  'bad metadata': { key: 'k', code: 'INVALID_ARGUMENT', options: () => ({ metadata: { 'a b': '' } }) },
  'an aborted signal': { key: 'k', code: 'ABORTED', options: () => ({ signal: AbortSignal.abort() }) },
  'a taken key': {
    key: 'taken',
    code: 'ALREADY_EXISTS',
    needs: ['ifAbsent'],
    options: () => ({ ifAbsent: true }),
  },
  'an object that is missing': {
    key: 'k',
    code: 'NOT_FOUND',
    needs: ['ifMatch'],
    options: () => ({ ifMatch: 'etag' }),
  },
  'an object that has changed': {
    key: 'taken',
    code: 'PRECONDITION_FAILED',
    needs: ['ifMatch'],
    options: () => ({ ifMatch: 'other' }),
  },
};

export const refusedBodies: Theme = (test) => {
  for (const [why, { key, code, needs, options }] of Object.entries(REFUSALS)) {
    const extra = needs ? { needs } : {};
    const refused = async (storage: StorageService, body: Parameters<StorageService['put']>[1]) => {
      await storage.put('taken', 'old content');
      await expectCode(storage.put(key, body, options?.() ?? {}), code);
      expect(await storage.text('taken')).toBe('old content');
      expect(await storage.exists('k')).toBe(false);
    };

    test(
      `releases a stream refused for ${why}, and survives its late error`,
      async (storage) => {
        // Ended, because a remote store may see the whole request before it answers.
        const body = Readable.from([Buffer.from('new '), Buffer.from('content')], { objectMode: false });
        await refused(storage, body);
        await released(body);
        expect(body.destroyed).toBe(true);
        expect(() => body.emit('error', new Error('late'))).not.toThrow();
      },
      extra,
    );

    test(
      `releases an object-mode stream refused for ${why}`,
      async (storage) => {
        const body = Readable.from(['new ', 'content']);
        await refused(storage, body);
        await released(body);
        expect(body.destroyed).toBe(true);
        expect(() => body.emit('error', new Error('late'))).not.toThrow();
      },
      extra,
    );

    test(
      `survives a source that fails although its put was refused for ${why}`,
      async (storage) => {
        await storage.put('taken', 'old content');
        const body = failing(new Error('late'));
        const given = options?.() ?? {};
        await expectCode(storage.put(key, body, given), code, 'ABORTED');
        await released(body);
      },
      extra,
    );
  }

  test('lets go of a web stream whose put was refused', async (storage) => {
    let cancelled: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (cancelled = resolve));
    const body = new ReadableStream<Uint8Array>({ cancel: () => cancelled() });
    await expectCode(storage.put('a//b', body), 'INVALID_ARGUMENT');
    await within(done, 'the cancellation of the web stream');
  });

  test('lets go of an async iterable whose put was refused half way', async (storage) => {
    let returned: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (returned = resolve));
    async function* source(): AsyncGenerator<string> {
      try {
        for (;;) yield await Promise.resolve('more');
      } finally {
        returned();
      }
    }
    await expectCode(storage.put('k', source(), { size: 10 }), 'INVALID_ARGUMENT');
    await within(done, 'the return of the iterable');
    expect(await storage.exists('k')).toBe(false);
  });

  test('releases a stream that is longer than its size', async (storage) => {
    const body = stalled('much more than four bytes');
    await expectCode(storage.put('k', body, { size: 4 }), 'INVALID_ARGUMENT');
    await released(body);
    expect(await storage.exists('k')).toBe(false);
  });
};
