/** The storages that have objects of their own; the other ones of the server are `documents` by another name. */
export const PLACES = ['documents', 'other', 'images'] as const;
export type PlaceName = (typeof PLACES)[number];

/** Where the server of the tests keeps objects: folders below a root, or buckets. */
export type HostilePlace =
  | { readonly kind: 'local'; readonly root: string }
  | {
      readonly kind: 's3';
      readonly endpoint: string;
      readonly region: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly buckets: Readonly<Record<PlaceName, string>>;
    };

export interface HostileServerConfig {
  readonly adapter: 'express' | 'fastify';
  readonly place: HostilePlace;
  /** Milliseconds, of Node's HTTP server: `headersTimeout`, `requestTimeout`. Absent: Node's own. */
  readonly timeouts?: { readonly headers: number; readonly request: number } | undefined;
}

/** The secret of the signed URLs of the local storages, which all have the same. */
export const SECRET = 'a secret of the hostile tests, 32 characters';

/** What the server says when it listens. */
export interface HostileStart {
  readonly said: 'start';
  readonly port: number;
  /** Every route of the application, as `METHOD /path`. */
  readonly routes: readonly string[];
}

/** What the server says of itself when it is asked. */
export interface HostileState {
  readonly said: 'state';
  /** The number that it was asked with. */
  readonly id: number;
  /** Open descriptors of files, without those of folders, which the backend keeps. */
  readonly files: number;
  /** Open descriptors of connections. */
  readonly sockets: number;
  /** Connections that clients have open. */
  readonly connections: number;
  /** Bytes in use after a garbage collection, of the heap and of buffers. */
  readonly memory: number;
  /** What anybody put on Object.prototype. */
  readonly polluted: readonly string[];
}
