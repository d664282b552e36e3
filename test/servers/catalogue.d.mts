/** Servers that speak S3. */
export type ServerName = 'versitygw' | 'minio' | 'ceph-rgw' | 'moto';

/** All servers: `clamd` scans for viruses, `redis` keeps locks. */
export type AnyServerName = ServerName | 'clamd' | 'redis';

/** What can be installed: the servers, and `chromium`, a browser. */
export type InstallableName = AnyServerName | 'chromium';

/** In the order in which they are listed and tested. */
export const serverNames: readonly ServerName[];

/** Those that speak S3, `clamd`, `redis` and `chromium`. */
export const allNames: readonly InstallableName[];

/** Those that are started: all but `chromium`. */
export const startable: readonly AnyServerName[];

/** Where what is built is kept. */
export const cacheDirectory: string;

/** Each of them: its name for people, and which version it is. */
export const catalogue: Readonly<
  Record<InstallableName, { readonly title: string; readonly version: string }>
>;

/** The command that installs `name`. */
export function installCommand(name: InstallableName): string;

/** Whether the server `name` can be started here. It does not look into what it finds. */
export function isInstalled(name: InstallableName): boolean;
