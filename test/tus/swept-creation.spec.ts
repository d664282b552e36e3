import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { TusSweeper } from '../../src/tus/index.js';
import { keysOf, type Harness } from '../http/harness.js';
import { within } from '../support/within.js';
import { serveTus } from './support/serve-tus.js';
import { offsetOf, tusRequest, type TusAnswer } from './support/tus-request.js';

describe('A sweep that meets an upload while it is created', () => {
  let apps: readonly Harness[] = [];
  let stored: string[];
  /** The first write of a key like it waits for `goOn`. */
  let paused: RegExp;
  let reached: Promise<void>;
  let goOn: () => void;

  beforeEach(async () => {
    stored = [];
    let onReached = (): void => undefined;
    reached = new Promise((resolve) => (onReached = resolve));
    const resumed = new Promise<void>((resolve) => (goOn = resolve));
    const pausing: Layer = async (operation, next) => {
      if (operation.name === 'put' && paused.test(operation.key)) {
        onReached();
        await within(resumed, 'the test');
      }
      return next(operation);
    };
    const shared = new MemoryBackend();
    const backend = withLayers(shared, 'documents', [pausing]);
    const rules = { onStored: ({ key }: { readonly key: string }) => void stored.push(key) };
    apps = [await serveTus({ backend, rules }), await serveTus({ backend: shared })];
  });
  afterEach(async () => {
    goOn();
    for (const app of apps) await app.close();
    apps = [];
  });

  /** A POST that is swept, by the instance `by`, when it is at its write of `at`. */
  async function create(
    by: number,
    at: RegExp,
    length: number,
    body?: Buffer,
  ): Promise<{ readonly url: string; readonly answer: TusAnswer; readonly outcomes: readonly string[] }> {
    paused = at;
    const url = `${apps[0]?.url ?? ''}/api/documents/tus`;
    const type = { 'Content-Type': 'application/offset+octet-stream' };
    const headers = { 'Upload-Length': String(length), ...(body && type) };
    const answer = tusRequest('POST', url, { headers, body });
    answer.catch(() => undefined);
    await within(reached, 'the write');
    const sweeper = apps[by]?.app.get(TusSweeper, { strict: false });
    const swept = (await sweeper?.sweep({ olderThanHours: 0 })) ?? [];
    goOn();
    return { url, answer: await answer, outcomes: swept.map(({ outcome }) => outcome) };
  }

  describe.each([
    ['this instance', 0],
    ['another instance', 1],
  ])('by %s', (_name, by) => {
    it('leaves what has come with it', async () => {
      const { url, answer, outcomes } = await create(by, /\/tail\//, 10, Buffer.from('begun'));
      expect([outcomes, answer.status, answer.headers['upload-offset']]).toEqual([['busy'], 201, '5']);
      expect(await offsetOf(new URL(answer.headers.location ?? '', url).href)).toBe(5);
    });

    it.each([
      ['that is empty', 0, undefined],
      ['that comes with it', 3, Buffer.from('all')],
    ])('leaves one to become an object %s', async (_which, length, body) => {
      const { answer, outcomes } = await create(by, /^(?!pending\/)/, length, body);
      expect([outcomes, answer.status]).toEqual([['busy'], 201]);
      const key = answer.headers['stowage-key'];
      expect(stored).toEqual([key]);
      const keys = await keysOf(apps[0]!.storage);
      expect(keys.filter((one) => !one.startsWith('pending/'))).toEqual([key]);
    });
  });
});
