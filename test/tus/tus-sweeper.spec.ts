import { afterEach, expect, it, jest } from '@jest/globals';
import { Logger, type DynamicModule } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { TusModule, TusSweeper } from '../../src/tus/index.js';
import { expectCode } from '../support/errors.js';
import { boot, keysOf, storages, type Harness } from '../http/harness.js';
import { create, patch } from './support/tus-request.js';
import { until } from '../support/until.js';
import { sleep, within } from '../support/within.js';

const HOUR_MS = 3_600_000;
const GONE = '1 uploads to "documents" have expired, and are gone';

let harness: Harness | undefined;
afterEach(async () => {
  jest.restoreAllMocks();
  await harness?.close();
  harness = undefined;
});

const DAY_MS = 24 * HOUR_MS;

async function serve(layer: Layer = (operation, next) => next(operation), imports: DynamicModule[] = []) {
  harness = await boot([
    ...imports,
    storages({ documents: withLayers(new MemoryBackend(), 'documents', [layer]) }),
    StorageHttpModule.forRoot({
      storages: { documents: { operations: ['tus'] } },
      authorize: () => true,
    }),
    TusModule.forRoot(),
  ]);
  return harness;
}

it('sweeps each hour where the application schedules, and stops with it', async () => {
  const logged = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  const every = jest.spyOn(globalThis, 'setInterval');
  const { app, url, storage } = await serve(undefined, [ScheduleModule.forRoot()]);
  const registry = app.get(SchedulerRegistry, { strict: false });
  expect(registry.getIntervals().filter((name) => name.startsWith('nestjs-stowage:tus:'))).toHaveLength(1);
  await patch(await create(`${url}/api/documents/tus`, 10), 0, Buffer.from('begun'));
  const runAll = (): void => every.mock.calls.forEach(([work, ms]) => ms === HOUR_MS && work());
  runAll();
  await sleep(50);
  expect(await keysOf(storage)).toHaveLength(2);
  jest.spyOn(Date, 'now').mockReturnValue(new Date().getTime() + DAY_MS + HOUR_MS);
  runAll();
  await until(async () => (await keysOf(storage)).length === 0);
  await until(() => logged.mock.calls.some(([text]) => text === GONE));
  jest.restoreAllMocks();
  await app.close();
  expect(registry.getIntervals()).toEqual([]);
  harness = undefined;
});

it('has no interval where the application schedules nothing', async () => {
  const every = jest.spyOn(globalThis, 'setInterval');
  await serve();
  expect(every.mock.calls.filter(([, ms]) => ms === HOUR_MS)).toEqual([]);
});

it('is ended by its caller, between two uploads', async () => {
  const ending = new AbortController();
  let removed = 0;
  const { app, url, storage } = await serve(async (operation, next) => {
    const done = await next(operation);
    if (operation.name === 'delete' && operation.key.endsWith('/record') && ++removed === 1) ending.abort();
    return done;
  });
  for (const size of [1, 2, 3]) await create(`${url}/api/documents/tus`, size);
  const sweeper = app.get(TusSweeper, { strict: false });
  await expectCode(sweeper.sweep({ olderThanHours: 0, signal: ending.signal }), 'ABORTED');
  expect([removed, (await keysOf(storage)).length]).toEqual([1, 2]);
  await expectCode(sweeper.sweep({ olderThanHours: -1 }), 'INVALID_ARGUMENT');
  await expectCode(sweeper.sweep({ olderThanMs: 1 } as object), 'INVALID_ARGUMENT');
  const rest = await sweeper.sweep({ olderThanHours: 0 });
  expect(rest.map(({ outcome }) => outcome)).toEqual(['removed', 'removed']);
});

it('is waited for when the application ends', async () => {
  let listed = 0;
  let goOn = (): void => undefined;
  const paused = new Promise<void>((resolve) => (goOn = resolve));
  const pausing: Layer = async (operation, next) => {
    if (operation.name === 'list' && operation.key === 'pending/tus/') {
      listed++;
      await within(paused, 'the test');
    }
    return next(operation);
  };
  const every = jest.spyOn(globalThis, 'setInterval');
  const { app } = await serve(pausing, [ScheduleModule.forRoot()]);
  const registry = app.get(SchedulerRegistry, { strict: false });
  const names = registry.getIntervals().map((name) => name.split(':').slice(0, 2).join(':'));
  expect(names.sort()).toEqual(['nestjs-stowage:pending', 'nestjs-stowage:tus']);
  for (const [work, ms] of every.mock.calls) if (ms === HOUR_MS) work();
  await until(() => listed === 1);
  let isClosed = false;
  const closing = app.close().then(() => (isClosed = true));
  await sleep(50);
  expect(isClosed).toBe(false);
  goOn();
  await within(closing, 'the end of the application');
  expect(registry.getIntervals()).toEqual([]);
});
