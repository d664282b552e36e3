import { catalogue } from '../catalogue.mjs';
import { keys, otherKeys } from '../keys.mjs';

const { path } = catalogue.versitygw;

/** VersityGW on a directory, with versions and users. */
export async function start(machine) {
  const { tls, port } = machine;
  machine.spawn(
    'versitygw',
    path,
    [
      // Without keep-alive it closes the connection after each request.
      ...['--port', `127.0.0.1:${port}`, '--keep-alive', '--quiet', '--health', '/health'],
      ...['--virtual-domain', 'localhost', '--iam-dir', machine.folder('iam')],
      ...(tls ? ['--cert', tls.certificate, '--key', tls.key] : []),
      ...['posix', '--versioning-dir', machine.folder('versions'), machine.folder('data')],
    ],
    { ROOT_ACCESS_KEY: keys.accessKeyId, ROOT_SECRET_KEY: keys.secretAccessKey },
  );
  await machine.serving('/health');
  await machine.run(path, [
    ...[
      'admin',
      '--access',
      keys.accessKeyId,
      '--secret',
      keys.secretAccessKey,
      '--endpoint-url',
      machine.url,
    ],
    ...(tls ? ['--allow-insecure'] : []),
    ...[
      'create-user',
      '--access',
      otherKeys.accessKeyId,
      '--secret',
      otherKeys.secretAccessKey,
      '--role',
      'user',
    ],
  ]);
  return { ...keys, other: otherKeys };
}
