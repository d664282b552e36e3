import { Logger } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { everyHour } from './every-hour.js';
import type { SweptPending } from './sweep-pending.js';

/** What is swept, as the log and the schedule name it. */
export interface HourlySweepOptions {
  /** What its interval is called. */
  readonly name: string;
  /** Of the log. */
  readonly context: string;
  /** What became of uploads that are removed, such as `were never confirmed`. */
  readonly fate: string;
  readonly sweep: (signal: AbortSignal) => Promise<readonly SweptPending[]>;
}

/** A sweep that runs each hour where the application schedules, until that ends. It never fails: what goes wrong is logged. */
export class HourlySweep {
  private readonly logger: Logger;
  private readonly ended = new AbortController();
  private running: Promise<void> | undefined;
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
      this.running ??= this.run().finally(() => (this.running = undefined));
    });
  }

  /** Ends the sweep that is under way, and waits for that. */
  async end(): Promise<void> {
    this.stop?.();
    this.ended.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { fate, sweep } = this.options;
    const { signal } = this.ended;
    try {
      for (const { storage, removed, errors } of await sweep(signal)) {
        if (removed > 0) this.logger.log(`${removed} uploads to "${storage}" ${fate}, and are gone`);
        for (const { message } of errors)
          this.logger.warn(`An upload to "${storage}" that is to be swept could not be removed: ${message}`);
      }
    } catch (error) {
      if (!signal.aborted)
        this.logger.error(
          `Uploads that ${fate} could not be swept`,
          error instanceof Error ? error.stack : error,
        );
    }
  }
}
