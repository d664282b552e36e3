import { StorageService } from '../../src/storage/storage.service.js';
import { describeServers, type TestServer } from '../servers/s3-servers.js';
import { presigningContract, type PresigningHarness } from './presigning.contract.js';
import { s3Place } from './s3-place.js';

const harness = (
  server: () => TestServer,
  differences: Omit<PresigningHarness, 'create'> = {},
): PresigningHarness => ({
  ...differences,
  async create() {
    const { backend, destroy } = await s3Place(server());
    return {
      storage: new StorageService('files', backend),
      async destroy() {
        await backend.close?.();
        await destroy?.();
      },
    };
  },
});

const ONE_COUNTS = 'of a parameter of the signature that is there twice, one counts';
const IGNORED = 'checksums are ignored, so none is signed';
const TRUSTING = 'moto looks at no signature';

describeServers({ only: ['versitygw'] }, (server) => {
  presigningContract(
    'S3 on VersityGW',
    harness(server, {
      skips: { 'when a parameter is there twice': ONE_COUNTS },
      refusedKeys: {
        'segment of 256 bytes': 'NAME_MAX is 255',
        'segment of 256 bytes in emoji': 'NAME_MAX is 255',
        'one segment of 1,024 bytes': 'NAME_MAX is 255',
        'non-character': 'VersityGW ignores encoding-type, and XML has no U+FFFF',
      },
    }),
  );
});

describeServers({ only: ['minio'] }, (server) => {
  presigningContract(
    'S3 on MinIO',
    harness(server, {
      skips: { 'when a parameter is there twice': ONE_COUNTS },
      refusedKeys: {
        'segment of 256 bytes': 'MinIO keeps a segment in the name of a file',
        'segment of 256 bytes in emoji': 'MinIO keeps a segment in the name of a file',
        'one segment of 1,024 bytes': 'MinIO keeps a segment in the name of a file',
        'dot and space': 'MinIO trims a segment before it takes it for a dot',
      },
    }),
  );
});

describeServers({ only: ['ceph-rgw'] }, (server) => {
  presigningContract(
    'S3 on Ceph RGW',
    harness(server, {
      features: { crc32: IGNORED, sha256: IGNORED },
      skips: { 'when a parameter is there twice': ONE_COUNTS },
    }),
  );
});

describeServers({ only: ['moto'] }, (server) => {
  presigningContract(
    'S3 on moto',
    harness(server, {
      features: { crc32: IGNORED, sha256: IGNORED, signatures: TRUSTING, host: TRUSTING },
      skips: { 'send other headers when they are signed': 'moto replaces none of a HEAD' },
    }),
  );
});
