import { Logger } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { onAbort } from '../../core/abort.js';
import { everyHour } from './every-hour.js';
import { assertSweepOptions, type SweepPendingOptions, type SweptPending } from './swept-pending.js';

/** What is swept, as the log and the schedule name it. */
export interface HourlySweepOptions {
  /** What its interval is called. */
  readonly name: string;
  /** Of the log. */
  readonly context: string;
  /** What became of uploads that are removed, such as `were never confirmed`. */
  readonly fate: string;
  readonly sweep: (options: SweepPendingOptions) => Promise<readonly SweptPending[]>;
}

/**
 * A sweep that runs each hour where the application schedules, and whenever somebody asks. None outlives the application: those that
 * are under way are ended with it, and waited for.
 */
export class HourlySweep {
  private readonly logger: Logger;
  private readonly ended = new AbortController();
  private readonly running = new Set<Promise<unknown>>();
  private hourly: Promise<void> | undefined;
  private stop: (() => void) | undefined;

  constructor(
    private readonly modules: ModuleRef,
    private readonly options: HourlySweepOptions,
  ) {
    this.logger = new Logger(options.context);
  }

  async start(): Promise<void> {
    this.stop = await everyHour(this.modules, this.options.name, () => {
      // One that takes longer than that is enough.
      this.hourly ??= this.sweepAndLog().finally(() => (this.hourly = undefined));
    });
  }

  async end(): Promise<void> {
    this.stop?.();
    this.ended.abort();
    await this.hourly;
    await Promise.allSettled(this.running);
  }

  /** @throws StorageError INVALID_ARGUMENT; ABORTED by the signal, or when the application ends. */
  async now(options: SweepPendingOptions): Promise<readonly SweptPending[]> {
    assertSweepOptions(options);
    const aborting = new AbortController();
    const releases = [options.signal, this.ended.signal].map((signal) =>
      onAbort(signal, (error) => aborting.abort(error)),
    );
    const work = this.options.sweep({ ...options, signal: aborting.signal });
    this.running.add(work);
    try {
      return await work;
    } finally {
      this.running.delete(work);
      for (const release of releases) release();
    }
  }

  /** Never fails. */
  private async sweepAndLog(): Promise<void> {
    const { fate } = this.options;
    try {
      const swept = await this.now({});
      for (const { storage, key, outcome, error } of swept)
        if (outcome === 'failed')
          this.logger.warn(`"${key}" of "${storage}" could not be swept: ${error?.message ?? ''}`);
      const removed = swept.filter(({ outcome }) => outcome === 'removed');
      for (const storage of new Set(removed.map((one) => one.storage))) {
        const { length } = removed.filter((one) => one.storage === storage);
        this.logger.log(`${length} uploads to "${storage}" ${fate}, and are gone`);
      }
    } catch (error) {
      if (!this.ended.signal.aborted)
        this.logger.error(
          `Uploads that ${fate} could not be swept`,
          error instanceof Error ? error.stack : error,
        );
    }
  }
}
