import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.mjs';
import { keys, otherKeys } from '../keys.mjs';
import { configuration } from './ceph-conf.mjs';

const kmsKeyId = 'testkey-1';
/** Besides STANDARD. */
const storageClasses = ['STANDARD_IA', 'GLACIER'];

/** A Ceph cluster of one monitor and one OSD in memory, and the object gateway in front of it. */
export async function start(machine) {
  const { directory } = machine;
  const conf = join(directory, 'ceph.conf');
  // Every tool reads this file alone.
  const env = { CEPH_CONF: conf, CEPH_ARGS: '' };
  const run = (command, ...args) => machine.run(command, args, env);
  const fsid = randomUUID();
  const monitor = `[v2:127.0.0.1:${await freePort()}]`;
  for (const name of ['mon.a', 'osd.0', 'rgw', 'run', 'log']) machine.folder(name);
  await writeFile(join(directory, 'keyring'), '');
  await writeFile(conf, configuration({ machine, fsid, monitor, kmsKeyId }));

  const map = join(directory, 'monmap');
  await run('monmaptool', '--create', '--clobber', '--fsid', fsid, '--addv', 'a', monitor, map);
  await run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map);
  machine.spawn('ceph-mon', 'ceph-mon', ['-f', '-i', 'a', '-c', conf], env);
  await machine.until('monitor quorum', () =>
    run('ceph', '--connect-timeout', '3', 'quorum_status').then(() => true),
  );

  const osd = randomUUID();
  await run('ceph', 'osd', 'new', osd, '0');
  await run('ceph-osd', '--mkfs', '-i', '0', '--osd-uuid', osd);
  machine.spawn('ceph-osd', 'ceph-osd', ['-f', '-i', '0', '-c', conf], env);
  const socket = join(directory, 'run', 'osd.asok');
  await machine.until('active OSD', async () =>
    (await run('ceph', '--admin-daemon', socket, 'status')).includes('"state": "active"'),
  );

  const admin = (...args) => run('radosgw-admin', '--name', 'client.rgw', ...args);
  const user = (uid, { accessKeyId, secretAccessKey }, ...more) =>
    admin(
      'user',
      'create',
      '--uid',
      uid,
      '--display-name',
      uid,
      '--access-key',
      accessKeyId,
      '--secret',
      secretAccessKey,
      ...more,
    );
  // The first command makes the zone and its group.
  await user('test', keys, '--caps', 'users=*;buckets=*;roles=*;user-policy=*', '--max-buckets', '100000');
  await user('other', otherKeys);
  for (const name of storageClasses) {
    const where = ['--placement-id', 'default-placement', '--storage-class', name];
    await admin('zonegroup', 'placement', 'add', '--rgw-zonegroup', 'default', ...where);
    const pool = `default.rgw.${name.toLowerCase().replaceAll('_', '-')}.data`;
    await admin('zone', 'placement', 'add', '--rgw-zone', 'default', ...where, '--data-pool', pool);
  }
  machine.spawn('radosgw', 'radosgw', ['-f', '--name', 'client.rgw', '-c', conf], env);
  await machine.serving('/', () => true);
  return { ...keys, other: otherKeys, kmsKeyId };
}
