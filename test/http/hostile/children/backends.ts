import { join } from 'node:path';
import { LocalBackend } from '../../../../src/backends/local/backend.js';
import { S3Backend } from '../../../../src/backends/s3/backend.js';
import type { StorageBackend } from '../../../../src/core/backend.js';
import { SECRET, type HostilePlace, type PlaceName } from './config.js';

/**
 * A backend for the objects of `name`.
 * @param servedAs The name that URLs on disk are signed for. Default: `name`.
 * @param baseUrl Where the server is, once it listens.
 */
export function openBackend(
  place: HostilePlace,
  name: PlaceName,
  baseUrl: () => string,
  servedAs: string = name,
): StorageBackend {
  if (place.kind === 'local')
    return new LocalBackend({
      root: join(place.root, name),
      durability: 'rename',
      signing: { secret: SECRET, baseUrl, storage: servedAs },
    });
  const { endpoint, region, accessKeyId, secretAccessKey, buckets } = place;
  return new S3Backend({
    endpoint,
    region,
    bucket: buckets[name],
    credentials: { accessKeyId, secretAccessKey },
    profile: 'versitygw',
  });
}
