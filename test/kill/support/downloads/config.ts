import type { S3BackendOptions } from '../../../../src/backends/s3/options.js';

/** What the child `download` does. */
export interface DownloadConfig {
  readonly from:
    | { readonly kind: 'local'; readonly root: string }
    | { readonly kind: 's3'; readonly options: S3BackendOptions };
  readonly key: string;
  readonly to: string;
  readonly partSize: number;
  readonly concurrency: number;
  /** A file that gets a line for each range that is asked for: `start-end`. */
  readonly log: string;
}
