/** A part as its client names it when it completes an upload. */
export interface NamedPart {
  /** From 1. */
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
}

/** Of the quotes that S3 writes around an ETag and clients leave out or keep. */
export const bareEtag = (etag: string): string => etag.trim().replace(/^"(.*)"$/s, '$1');
