import { afterEach, expect, it, jest } from '@jest/globals';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { TusModule } from '../../src/tus/index.js';
import { boot, storages, until, type Harness } from '../http/harness.js';
import { sleep, within } from '../support/within.js';

const HOUR_MS = 3_600_000;

let harness: Harness | undefined;
afterEach(async () => {
  jest.restoreAllMocks();
  await harness?.close();
  harness = undefined;
});

it('sweeps each hour where the application schedules, and is waited for when that ends', async () => {
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
  harness = await boot([
    ScheduleModule.forRoot(),
    storages({ documents: withLayers(new MemoryBackend(), 'documents', [pausing]) }),
    StorageHttpModule.forRoot({
      storages: { documents: { operations: ['tus'] } },
      authorize: () => true,
    }),
    TusModule.forRoot(),
  ]);
  const { app } = harness;
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
