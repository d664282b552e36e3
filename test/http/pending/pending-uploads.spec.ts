import { afterEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { MemoryBackend } from '../../../src/backends/memory/backend.js';
import type { CapabilityType } from '../../../src/core/capability.js';
import { Presigning } from '../../../src/core/presigning.js';
import { PendingUploads, StorageHttpModule } from '../../../src/http/index.js';
import { expectCode } from '../../support/errors.js';
import { boot, keysOf, storages, type Harness } from '../harness.js';
import { until } from '../../support/until.js';

/** Objects in memory, and URLs that nobody asks for. */
class Signing extends MemoryBackend {
  override capability<T extends object>(type: CapabilityType<T>): T | undefined {
    const sign = () => Promise.reject(new Error('Nobody asks'));
    const presigning: object = new Presigning({ keyProblem: () => undefined, sign });
    return presigning instanceof type ? presigning : super.capability(type);
  }
}

const OLD = 3 * 86_400_000;

afterEach(() => void jest.restoreAllMocks());

const serve = (isScheduled: boolean): Promise<Harness> =>
  boot([
    ...(isScheduled ? [ScheduleModule.forRoot()] : []),
    storages({ documents: new Signing(), images: new MemoryBackend() }),
    StorageHttpModule.forRoot({
      storages: { documents: { operations: ['direct'] }, images: { operations: ['get'] } },
      authorize: () => true,
      secret: 'a secret of the tests, long enough',
    }),
  ]);

it('sweeps when it is told, in the storages that have such uploads', async () => {
  const app = await serve(false);
  await app.storage.put('pending/direct/1', 'x');
  const pending = app.app.get(PendingUploads, { strict: false });
  const swept = { storage: 'documents', key: 'pending/direct/1' };
  expect(await pending.sweep()).toEqual([{ ...swept, outcome: 'young' }]);
  expect(await pending.sweep({ olderThanHours: 0 })).toEqual([{ ...swept, outcome: 'removed' }]);
  expect(await keysOf(app.storage)).toEqual([]);
  await app.close();
});

it('takes an age, and a signal', async () => {
  const app = await serve(false);
  const pending = app.app.get(PendingUploads, { strict: false });
  for (const options of [{ olderThanHours: -1 }, { olderThanHours: NaN }, { olderThanMs: 5 } as object])
    await expectCode(pending.sweep(options), 'INVALID_ARGUMENT');
  await expectCode(pending.sweep({ signal: AbortSignal.abort() }), 'ABORTED');
  await app.close();
  await expectCode(pending.sweep(), 'ABORTED');
});

it('sweeps each hour where the application schedules, and stops with it', async () => {
  const logged = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  const every = jest.spyOn(globalThis, 'setInterval');
  const app = await serve(true);
  const registry = app.app.get(SchedulerRegistry, { strict: false });
  const names = registry.getIntervals().filter((name) => name.startsWith('nestjs-stowage:pending:'));
  expect(names).toHaveLength(1);
  const call = every.mock.calls.find(([, ms]) => ms === 3_600_000);
  await app.storage.put('pending/direct/1', 'x');
  jest.spyOn(Date, 'now').mockReturnValue(new Date().getTime() + OLD);
  (call?.[0] as () => void)();
  await until(async () => (await keysOf(app.storage)).length === 0);
  const line = '1 uploads to "documents" were never confirmed, and are gone';
  await until(() => logged.mock.calls.some(([text]) => text === line));
  jest.restoreAllMocks();
  await app.close();
  expect(registry.getIntervals()).toEqual([]);
});
