import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { describeServers, type TestServer } from '../servers/s3-servers.js';
import { copyToContract, type Side } from './copy-to.contract.js';
import { s3Place } from './s3-place.js';

const memory: Side = {
  create: () => Promise.resolve({ backend: new MemoryBackend() }),
  tellsChecksum: true,
  ifAbsent: true,
};

const local: Side = {
  async create() {
    const folder = await mkdtemp(join(tmpdir(), 'stowage-copy-'));
    const backend = new LocalBackend({ root: folder, durability: 'rename' });
    return { backend, destroy: () => rm(folder, { recursive: true, force: true }) };
  },
  tellsChecksum: true,
  ifAbsent: true,
};

const s3 = (server: () => TestServer, name: string): Side => ({
  create: () => s3Place(server()),
  tellsChecksum: name === 'versitygw' || name === 'minio',
  ifAbsent: name !== 'versitygw',
});

copyToContract('from memory to memory', memory, memory);
copyToContract('from memory to local disk', memory, local);
copyToContract('from local disk to memory', local, memory);
copyToContract('from local disk to local disk', local, local);

describeServers({ only: ['versitygw', 'minio', 'ceph-rgw', 'moto'] }, (server, name) => {
  copyToContract('from local disk to S3', local, s3(server, name));
  copyToContract('from S3 to local disk', s3(server, name), local);
  copyToContract('from S3 to memory', s3(server, name), memory);
  copyToContract('from S3 to another bucket', s3(server, name), s3(server, name));
});

describeServers({ only: ['minio'] }, (minio) => {
  describeServers({ only: ['ceph-rgw'] }, (ceph) => {
    copyToContract('from S3 to another server', s3(minio, 'minio'), s3(ceph, 'ceph-rgw'));
    copyToContract('from another server to S3', s3(ceph, 'ceph-rgw'), s3(minio, 'minio'));
  });
});
