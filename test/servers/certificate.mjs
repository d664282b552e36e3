import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Makes a certificate for localhost, *.localhost and 127.0.0.1 that signs itself, valid for two days, in `directory`/tls. */
export async function makeCertificate(directory) {
  const folder = join(directory, 'tls');
  const certificate = join(folder, 'public.crt');
  const key = join(folder, 'private.key');
  await mkdir(folder, { recursive: true });
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,DNS:*.localhost,IP:127.0.0.1'],
    ...['-keyout', key, '-out', certificate],
  ]);
  return { folder, certificate, key };
}
