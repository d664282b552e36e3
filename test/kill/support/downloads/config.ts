import type { ChildTarget } from '../../../support/child-target.js';

/** What the child `download` does. */
export interface DownloadConfig {
  readonly from: ChildTarget;
  readonly key: string;
  readonly to: string;
  readonly partSize: number;
  readonly concurrency: number;
  /** A file that gets a line for each range that is asked for: `start-end`. */
  readonly log: string;
}
