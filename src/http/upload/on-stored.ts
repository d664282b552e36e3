import type { HttpRequest } from '../message/http-request.js';
import type { StorageService } from '../../storage/storage.service.js';
import type { StoredFile } from './stored-file.js';

/** Where a file that was stored came from. */
export interface StoredContext {
  readonly request: HttpRequest;
  /**
   * Who sent it: what the option `principal` of StorageHttpModule gave, in your own controllers `request.user`. Of a signed upload
   * nobody is asked: absent.
   */
  readonly principal?: unknown;
  /** The storage that it is in, in its scope: `storage.head(file.key)` finds it. */
  readonly storage: StorageService;
  /** How it came: in a form, to a signed URL, past this server (`direct`), or in pieces that can be resumed (`tus`). */
  readonly via: 'form' | 'signed-url' | 'direct' | 'tus';
}

/** Told of a file that is stored: an application writes its row here. What it throws is answered. */
export type OnStored = (file: StoredFile, context: StoredContext) => void | Promise<void>;

/** A provider that is told of files that are stored. */
export interface StoredHandler {
  onStored: OnStored;
}
