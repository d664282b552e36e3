import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { RequestTimeoutException, type CallHandler } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { from, merge, mergeMap, throwError } from 'rxjs';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { StorageHttpModule, type FileScanner } from '../../src/http/index.js';
import { boot, form, keysOf, storages, type Harness } from './harness.js';
import { describeAdapters } from './support/adapters.js';
import { until } from '../support/until.js';

/** Answers 408 when `over` resolves, as one with a time limit. */
const impatient = (over: Promise<void>) => ({
  intercept: (_: unknown, next: CallHandler) =>
    merge(next.handle(), from(over).pipe(mergeMap(() => throwError(() => new RequestTimeoutException())))),
});

describeAdapters('An upload that an interceptor answers for while its content is scanned', () => {
  let folder: string;
  let server: Harness;
  let told: string[];
  let verdicts: (() => void)[];
  let aborted: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowage-answered-'));
    told = [];
    verdicts = [];
    aborted = 0;
    let onScanned = (): void => undefined;
    const scanned = new Promise<void>((resolve) => (onScanned = resolve));
    const scanner: FileScanner = {
      async scan(content, _, { signal }) {
        signal.addEventListener('abort', () => aborted++);
        for await (const chunk of content) void chunk;
        onScanned();
        await new Promise<void>((resolve) => verdicts.push(resolve));
        return 'clean';
      },
    };
    const backend = new LocalBackend({
      root: join(folder, 'root'),
      durability: 'rename',
      signing: { secret: 'a secret of the tests, long enough', storage: 'documents', baseUrl: 'http://x' },
    });
    server = await boot(
      [
        storages({ documents: backend }),
        StorageHttpModule.forRoot({
          storages: {
            documents: { operations: ['upload'], scanner, onStored: ({ key }) => void told.push(key) },
          },
          authorize: () => true,
        }),
      ],
      {
        providers: [{ provide: APP_INTERCEPTOR, useValue: impatient(scanned) }],
        destroy: async () => {
          await backend.close();
          await rm(folder, { recursive: true, force: true });
        },
      },
    );
  });
  afterEach(() => server.close());

  /** The scanner finds it clean when its sender has the answer. */
  const assertNothingStored = async (): Promise<void> => {
    await until(() => aborted === 1);
    for (const give of verdicts) give();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await keysOf(server.storage)).toEqual([]);
    expect(told).toEqual([]);
  };

  it('stores and tells nothing: a form', async () => {
    const body = form(['file', 'hello', 'a.txt']);
    const response = await fetch(`${server.url}/api/documents/upload`, { method: 'POST', body });
    expect(response.status).toBe(408);
    await assertNothingStored();
  });

  it('stores and tells nothing: a signed upload', async () => {
    const { url, headers } = await server.storage.signedUrl('a.txt', { method: 'PUT' });
    const at = url.replace('http://x', server.url);
    const response = await fetch(at, { method: 'PUT', headers, body: 'hello' });
    expect(response.status).toBe(408);
    await assertNothingStored();
  });
});
