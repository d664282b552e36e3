/** Servers that speak S3. */
export type ServerName = 'versitygw' | 'minio' | 'ceph-rgw' | 'moto';

/** All servers: `clamd` scans for viruses. */
export type AnyServerName = ServerName | 'clamd';

/** In the order in which they are listed and tested. */
export const serverNames: readonly ServerName[];

/** Those that speak S3, and `clamd`. */
export const allNames: readonly AnyServerName[];

/** Where what is built is kept. */
export const cacheDirectory: string;

/** Each server: its name for people, and which version it is. */
export const catalogue: Readonly<Record<AnyServerName, { readonly title: string; readonly version: string }>>;

/** The command that installs `name`. */
export function installCommand(name: AnyServerName): string;

/** Whether the server `name` can be started here. It does not look into what it finds. */
export function isInstalled(name: AnyServerName): boolean;
