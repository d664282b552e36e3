import type { SignedChecksum } from '../../core/sign-options.js';
import type { PartsRequest } from '../parts/parts-request.js';
import type { PresignRequest } from '../signed/presign-request.js';
import type { DeclaredFile } from './storage-authorize.js';

/** A file that a client is about to send past this server, checked. */
export interface DirectRequest extends DeclaredFile {
  /** Bytes. */
  readonly size: number;
  readonly checksum?: SignedChecksum | undefined;
  /** Whether a form is preferred to a PUT. */
  readonly form: boolean;
}

/** A ticket that comes back, and what its client knows of what it has sent. */
export interface ConfirmRequest {
  readonly sealed: string;
  /** Without quotes. */
  readonly etag?: string | undefined;
}

/** What the small body of a request asks for. */
export interface Asked {
  /** The key that is meant, where it is known, in its scope. */
  readonly key?: string | undefined;
  /** What is said of a file that is going to be uploaded. */
  readonly file?: DeclaredFile | undefined;
  readonly presign?: PresignRequest | undefined;
  readonly direct?: DirectRequest | undefined;
  readonly confirm?: ConfirmRequest | undefined;
  readonly parts?: PartsRequest | undefined;
}
