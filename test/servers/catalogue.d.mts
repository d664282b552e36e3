export type ServerName = 'versitygw' | 'minio' | 'ceph-rgw' | 'moto';

/** In the order in which they are listed and tested. */
export const serverNames: readonly ServerName[];

/** Where what is built is kept. */
export const cacheDirectory: string;

/** Each server: its name for people, and which version it is. */
export const catalogue: Readonly<Record<ServerName, { readonly title: string; readonly version: string }>>;

/** The command that installs `name`. */
export function installCommand(name: ServerName): string;

/** Whether the server `name` can be started here. It does not look into what it finds. */
export function isInstalled(name: ServerName): boolean;
