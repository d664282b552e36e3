import { catalogue } from '../catalogue.mjs';
import { keys } from '../keys.mjs';

const kmsKeyId = 'testkey-1';

/** MinIO on one drive, with a key for encryption, without its console. */
export async function start(machine) {
  const { tls, port } = machine;
  machine.spawn(
    'minio',
    catalogue.minio.path,
    [
      ...['server', '--quiet', '--certs-dir', tls?.folder ?? machine.folder('no-certificates')],
      ...['--address', `127.0.0.1:${port}`, machine.folder('data')],
    ],
    {
      MINIO_ROOT_USER: keys.accessKeyId,
      MINIO_ROOT_PASSWORD: keys.secretAccessKey,
      // 32 times "a", in base64.
      MINIO_KMS_SECRET_KEY: `${kmsKeyId}:YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=`,
      // Otherwise a directory on the disk of the system may be no drive.
      MINIO_CI_CD: '1',
      MINIO_UPDATE: 'off',
      MINIO_BROWSER: 'off',
      MINIO_DOMAIN: 'localhost',
      MINIO_SCANNER_SPEED: 'slowest',
    },
  );
  // Its health checks answer before its users are loaded. Until then requests are 503 XMinioServerNotInitialized with
  // `Retry-After: 60`; after it a request of nobody is denied.
  await machine.serving('/', (status) => status === 403);
  return { ...keys, kmsKeyId };
}
