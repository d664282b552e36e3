import type { Readable } from 'node:stream';

/** What is known of a file that is scanned. Its sender chose both: they are hints. */
export interface ScanFile {
  /** Its name, cleaned: that of a form's file, the last segment of the key of a signed upload. */
  readonly name: string;
  /** The media type that it will be stored with. */
  readonly contentType: string;
}

/** How a scan is ended. */
export interface ScanOptions {
  /** Aborts when nobody waits for the verdict any more: the client has gone, the storage has failed, the time is over. */
  readonly signal: AbortSignal;
}

/** `'clean'`, or the name of what was found. */
export type ScanVerdict = 'clean' | { readonly infected: string };

/**
 * Looks into the files of uploads while they stream into the storage. None is stored before its verdict.
 *
 * Whatever is no verdict refuses the file with UNAVAILABLE, reason `scanner`: an error, an answer of another form, `'clean'` for
 * content that was not read to its end. `{ infected }` may come at any time, and ends the upload with CONTENT_REFUSED.
 */
export interface FileScanner {
  /**
   * Called once for each file.
   * @param content The file. It comes as fast as its client, the storage and this scanner allow, whichever is slowest. A scanner
   * that has others to scan first begins to read when it is its turn: until then nothing is read from the client either.
   */
  scan(content: Readable, file: ScanFile, options: ScanOptions): Promise<ScanVerdict>;
}
