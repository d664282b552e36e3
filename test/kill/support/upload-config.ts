import type { ChildTarget } from '../../support/child-target.js';

/** When a child kills itself. */
export type DeathPoint = 'after-begin' | 'before-part' | 'after-part' | 'before-complete' | 'after-complete';

/** What the child `upload` does. */
export interface UploadConfig {
  readonly target: ChildTarget;
  readonly key: string;
  /** The file that it uploads. */
  readonly source: string;
  /** The directory of the records. */
  readonly records: string;
  readonly partSize: number;
  readonly concurrency: number;
  /** A file that gets a line for each part: when it is sent, and when it is stored. */
  readonly log: string;
  readonly death?: { readonly point: DeathPoint; readonly part?: number | undefined } | undefined;
}
