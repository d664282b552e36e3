import type { StorageService } from '../../../../src/storage/storage.service.js';
import type { HostileState, PlaceName } from '../children/config.js';

/** A server that is attacked, and what may be known of it from behind. */
export interface World {
  readonly adapter: 'express' | 'fastify';
  readonly place: 'local' | 's3';
  readonly port: number;
  /** Every route of the application, as `METHOD /path`. */
  readonly routes: readonly string[];
  /** The port of the S3 server. */
  readonly s3Port: number;
  /** Where objects are on local disk. */
  readonly root: string;
  /** The same places as those of the server, past it. */
  readonly storages: Readonly<Record<PlaceName, StorageService>>;
  /** The URL and the headers that the server gives a user for `body`. */
  readonly presign: (body: object, user?: string, storage?: string) => Promise<SignedTarget>;
  /** What the server says of itself. */
  readonly state: () => Promise<HostileState>;
  /** Uploads and temporary files that are there. */
  readonly unfinished: () => Promise<readonly string[]>;
  /** Fails when the server has ended. */
  readonly assertAlive: () => void;
}

/** A signed URL, taken apart. */
export interface SignedTarget {
  readonly port: number;
  readonly host: string;
  /** Its path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly key: string;
}
