// The real servers that tests can have, and a browser, where each is kept and how to tell whether it is there.
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';

/** Where what is built is kept, outside of any checkout, so that a fresh clone finds it again. */
export const cacheDirectory =
  env.STOWAGE_SERVERS_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'stowage-servers');

const go = (name, title, module, version) => ({
  name,
  title,
  version,
  kind: 'go',
  module,
  binary: name,
  /** What is there once it is installed. */
  path: join(cacheDirectory, `${name}-${version}`),
});

/** By name, in the order in which they are listed and tested. */
export const catalogue = {
  versitygw: go('versitygw', 'VersityGW', 'github.com/versity/versitygw/cmd/versitygw', 'v1.7.0'),
  // The last source that was published. Its tags are no versions for Go, so this is what `@latest` resolves to.
  minio: go('minio', 'MinIO', 'github.com/minio/minio', 'v0.0.0-20260212201848-7aac2a2c5b7c'),
  'ceph-rgw': {
    name: 'ceph-rgw',
    title: 'Ceph RGW',
    version: 'of the Debian or Ubuntu release',
    kind: 'apt',
    // Command and package. The manager (ceph-mgr) is not needed.
    commands: {
      radosgw: 'radosgw',
      'radosgw-admin': 'radosgw',
      'ceph-mon': 'ceph-mon',
      'ceph-osd': 'ceph-osd',
      ceph: 'ceph-common',
      monmaptool: 'ceph-common',
    },
  },
  moto: {
    name: 'moto',
    title: 'moto',
    version: '5.2.5',
    kind: 'venv',
    requirement: 'moto[server]==5.2.5',
    path: join(cacheDirectory, 'moto-5.2.5'),
  },
  clamd: {
    name: 'clamd',
    title: 'ClamAV',
    version: 'of the Debian or Ubuntu release',
    kind: 'deb',
    packages: ['clamav-daemon'],
    executable: 'usr/sbin/clamd',
    // Unpacked, not installed: the package would start a service and download a database.
    path: join(cacheDirectory, 'clamd'),
  },
  redis: {
    name: 'redis',
    title: 'Redis',
    version: 'of the Debian or Ubuntu release',
    kind: 'deb',
    // The server is a link to a file of the tools, which may be installed without it.
    packages: ['redis-server', 'redis-tools'],
    executable: 'usr/bin/redis-server',
    // Unpacked, not installed, for the same reason; one that is there is taken.
    path: join(cacheDirectory, 'redis'),
    command: 'redis-server',
  },
  // No server, but had in the same way. It needs a hundred libraries in their places, so it is installed.
  chromium: {
    name: 'chromium',
    title: 'Chromium',
    version: 'of the Debian release',
    kind: 'apt',
    commands: { chromium: 'chromium' },
  },
};

/** The names of all servers. */
export const allNames = Object.keys(catalogue);

/** The names of those that speak S3. */
export const serverNames = allNames.filter((name) => !['clamd', 'redis', 'chromium'].includes(name));

/** The names of what `up` can start. */
export const startable = allNames.filter((name) => name !== 'chromium');

/** The command that installs `name`. */
export const installCommand = (name) => `npm run servers -- install ${name}`;

/** Whether the server `name` can be started here. It does not look into what it finds. */
export function isInstalled(name) {
  const { kind, path, commands, command, executable = '' } = catalogue[name];
  if (kind === 'apt') return Object.keys(commands).every(isCommand);
  if (command !== undefined && isCommand(command)) return true;
  return isExecutable(join(path, kind === 'venv' ? 'bin/python3' : executable));
}

/** What is started of the unpacked server `name`; its command where that is on the PATH. */
export function executableOf(name) {
  const { path, executable, command } = catalogue[name];
  return command !== undefined && isCommand(command) ? command : join(path, executable);
}

/** Whether `name` is a command of the PATH, or of where Debian keeps daemons. */
export function isCommand(name) {
  return `${env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`
    .split(delimiter)
    .some((folder) => folder !== '' && isExecutable(join(folder, name)));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
