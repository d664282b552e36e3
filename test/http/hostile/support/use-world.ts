import { afterAll, beforeAll, describe } from '@jest/globals';
import type { StorageBackend } from '../../../../src/core/backend.js';
import { StorageService } from '../../../../src/storage/storage.service.js';
import { describeServers } from '../../../servers/s3-servers.js';
import { compile, type Compiled } from '../../../support/compiled.js';
import { openBackend } from '../children/backends.js';
import { PLACES, type HostileServerConfig, type PlaceName } from '../children/config.js';
import { openLocal, openS3, type OpenedPlace } from './open-place.js';
import { presignOver } from './presign-over.js';
import { SEEDS } from './seeds.js';
import { startServer, type HostileServer } from './start-server.js';
import type { World } from './world.js';

export type WorldOptions = Pick<HostileServerConfig, 'timeouts'>;

/**
 * Calls `define` in a describe for each adapter on each place. `world()` works in hooks and tests: a server in a process of its
 * own, with the objects of SEEDS.
 */
export function forEachWorld(
  define: (world: () => World, name: Pick<World, 'adapter' | 'place'>) => void,
  options: WorldOptions = {},
): void {
  let compiled: Compiled | undefined;
  beforeAll(() => {
    compiled = compile(['test/http/hostile/children', 'src']);
  }, 60_000);
  afterAll(() => compiled?.remove());
  for (const adapter of ['express', 'fastify'] as const) {
    const onPlace = (place: World['place'], open: () => Promise<OpenedPlace>): void =>
      define(
        useWorld({ adapter, place }, open, () => compiled?.folder ?? '', options),
        { adapter, place },
      );
    describe(`${adapter} on local disk`, () => onPlace('local', openLocal));
    // In a describe of its own, so that it is over before its server is.
    describeServers({ only: ['versitygw'] }, (server) => {
      describe(`behind ${adapter}`, () => onPlace('s3', () => openS3(server())));
    });
  }
}

function useWorld(
  name: Pick<World, 'adapter' | 'place'>,
  open: () => Promise<OpenedPlace>,
  folder: () => string,
  options: WorldOptions,
): () => World {
  let world: World | undefined;
  let opened: OpenedPlace | undefined;
  let server: HostileServer | undefined;
  const backends: StorageBackend[] = [];
  beforeAll(async () => {
    opened = await open();
    const { place, unfinished } = opened;
    const running = await startServer(folder(), { adapter: name.adapter, place, ...options });
    server = running;
    const { port, routes, state, assertAlive } = running;
    const base = (): string => `http://127.0.0.1:${port}`;
    backends.push(...PLACES.map((one) => openBackend(place, one, base)));
    const storages = Object.fromEntries(
      PLACES.map((one, at) => [one, new StorageService(one, backends[at] as StorageBackend)]),
    ) as Record<PlaceName, StorageService>;
    for (const { storage, key, content, contentType } of SEEDS)
      await storages[storage].put(key, content, { contentType });
    world = {
      ...name,
      port,
      routes,
      s3Port: place.kind === 's3' ? Number(new URL(place.endpoint).port) : 0,
      root: place.kind === 'local' ? place.root : '',
      storages,
      presign: presignOver(port),
      state,
      unfinished,
      assertAlive,
    };
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    for (const backend of backends) await backend.close?.();
    await opened?.destroy();
  }, 60_000);
  return () => {
    if (!world) throw new Error('The server runs only in hooks and tests');
    return world;
  };
}
