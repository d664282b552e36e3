import type { ObjectInfo } from '../../core/object.js';
import type { ProgressMeter } from '../../core/progress-meter.js';
import type { ObjectSource } from './object-source.js';
import type { PartPlan } from './part-plan.js';

/** One try to bring an object to a target. */
export interface Attempt {
  readonly source: ObjectSource;
  readonly info: ObjectInfo;
  readonly plan: PartPlan;
  readonly concurrency: number;
  /** Whether requests for parts of it are known to be answered from the same content: its ETag is a strong one. */
  readonly divisible: boolean;
  readonly signal: AbortSignal | undefined;
  readonly meter: ProgressMeter;
}

/** Has `work` done, again when the object was replaced meanwhile, each time with what is there then. */
export type Again = <T>(work: (attempt: Attempt) => Promise<T>) => Promise<T>;
