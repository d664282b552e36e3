import type { AnyServerName, ServerName } from './catalogue.mjs';

/** Keys that sign requests. */
export interface ServerKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A server that runs on 127.0.0.1 for the tests of one file. */
export interface RunningServer {
  readonly name: AnyServerName;
  /** Its URL. */
  readonly endpoint: string;
  /** Its processes, to pause or to kill them. The first one is the keeper, which ends the others. */
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
  /** Everything that it keeps. */
  readonly directory: string;
  /** Ends it and removes its directory. Fails when one of its processes had ended before. */
  stop(): Promise<void>;
}

/** One that speaks S3. */
export interface S3Server extends RunningServer, ServerKeys {
  readonly name: ServerName;
  /** `http://127.0.0.1:PORT`, or https. Virtual-host style works with `localhost` for the address and a `lookup` that knows it. */
  readonly endpoint: string;
  readonly region: string;
  /** Another user, who owns nothing and was granted nothing: VersityGW and Ceph RGW have one. */
  readonly other?: ServerKeys;
  /** A key of its KMS: MinIO and Ceph RGW have one. */
  readonly kmsKeyId?: string;
  /** With https: its certificate, in PEM, and the file that it is in. */
  readonly ca?: string;
  readonly caFile?: string;
}

/** clamd, whose only signature is that of the EICAR file, anywhere in a file. */
export interface ClamdServer extends RunningServer {
  readonly name: 'clamd';
  readonly host: string;
  readonly port: number;
  /** It listens there, too. */
  readonly socketPath: string;
  /** Bytes of a stream that it takes. */
  readonly streamMaxLength: number;
}

/** Redis, empty and without a password. */
export interface RedisServer extends RunningServer {
  readonly name: 'redis';
  readonly host: string;
  readonly port: number;
}

export interface StartOptions {
  /** Whether it serves https. Default: false. */
  readonly tls?: boolean;
  /** Default: one that is free. */
  readonly port?: number;
  /** Taken for free, whether it is or not; when the server cannot have it, it is started on another one. */
  readonly firstPort?: number;
}

/**
 * Starts the server `name`, as empty as it can be, on a free port and in a directory of its own. It ends with this
 * process, however that ends. Fails when it is not installed.
 */
export function startServer(name: ServerName, options?: StartOptions): Promise<S3Server>;
export function startServer(name: 'clamd', options?: StartOptions): Promise<ClamdServer>;
export function startServer(name: 'redis', options?: StartOptions): Promise<RedisServer>;
export function startServer(name: AnyServerName, options?: StartOptions): Promise<RunningServer>;
