/**
 * What is used of `@tus/server`. Its own types need those of Bun, Deno, Lambda and Cloudflare, which a server on Node has not; the
 * `paths` of tsconfig.json say that these are read instead.
 */
import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';

export interface Lock {
  lock(signal: AbortSignal, cancelReq: () => Promise<void> | void): Promise<void>;
  unlock(): Promise<void>;
}

export interface Locker {
  newLock(id: string): Lock;
}

export interface UploadData {
  readonly id: string;
  readonly size?: number | undefined;
  readonly offset: number;
  readonly metadata?: Record<string, string | null> | undefined;
  readonly creation_date?: string | undefined;
}

export class Upload implements UploadData {
  constructor(data: UploadData);
  id: string;
  size: number | undefined;
  offset: number;
  metadata: Record<string, string | null> | undefined;
  creation_date: string | undefined;
}

export class DataStore extends EventEmitter {
  extensions: string[];
  create(upload: Upload): Promise<Upload>;
  remove(id: string): Promise<void>;
  write(stream: Readable, id: string, offset: number): Promise<number>;
  getUpload(id: string): Promise<Upload>;
  declareUploadLength(id: string, length: number): Promise<void>;
  deleteExpired(): Promise<number>;
  getExpiration(): number;
}

export interface ServerOptions {
  readonly path: string;
  readonly datastore: DataStore;
  readonly locker: Locker;
  readonly maxSize: number;
  readonly lockDrainTimeout: number;
  readonly disableTerminationForFinishedUploads: boolean;
  readonly namingFunction: () => string;
  readonly getFileIdFromRequest: () => string | undefined;
  readonly generateUrl: (request: unknown, options: { readonly id: string }) => string;
  readonly onResponseError: (request: unknown, error: unknown) => undefined;
}

export class Server extends EventEmitter {
  constructor(options: ServerOptions);
  handleWeb(request: Request): Promise<Response>;
}
