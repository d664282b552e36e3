import type { DeclaredFile } from '../access/storage-authorize.js';
import type { GrantedAction } from './grants.js';
import type { NamedPart } from './named-part.js';

/** What a client wants of an upload that it has begun. */
export interface PartsStep {
  readonly action: Exclude<GrantedAction, 'create'>;
  /** The ticket, as its client got it. */
  readonly sealed: string;
  readonly uploadId: string;
  /** Of a part. */
  readonly number?: number | undefined;
  /** Of a completion that names its parts at once. */
  readonly named?: readonly NamedPart[] | undefined;
  /** Of a part, where it is said: bytes. */
  readonly size?: number | undefined;
}

/** What a client asks for that sends files past this server, in parts or as a whole. */
export type PartsRequest = { readonly action: 'create' | 'put'; readonly file: DeclaredFile } | PartsStep;
