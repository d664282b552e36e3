import { randomUUID } from 'node:crypto';
import type { ModuleRef } from '@nestjs/core';
import { HOUR_MS } from '../../core/hour-ms.js';

/**
 * Calls `work` each hour where the application has the ScheduleModule of `@nestjs/schedule`.
 * @param name What its interval is called there, before an id.
 * @returns What ends that; undefined without the package or its module: then somebody else calls.
 */
export async function everyHour(
  modules: ModuleRef,
  name: string,
  work: () => void,
): Promise<(() => void) | undefined> {
  try {
    const { SchedulerRegistry } = await import('@nestjs/schedule');
    const registry = modules.get(SchedulerRegistry, { strict: false });
    const own = `${name}:${randomUUID()}`;
    registry.addInterval(own, setInterval(work, HOUR_MS).unref());
    return () => registry.deleteInterval(own);
  } catch {
    return undefined;
  }
}
