import { describe, expect, it } from '@jest/globals';
import { remains } from '../backends/local/support/roots.js';
import { describeServers, type TestServer } from '../servers/s3-servers.js';
import { MIB } from '../support/bodies.js';
import { useChildren, word } from '../support/children.js';
import { sleep } from '../support/within.js';
import { useKilledUploads } from './support/upload-place.js';
import type { DeathPoint, UploadConfig } from './support/upload-config.js';

const start = useChildren('test/kill/support/children', [
  ...['test/kill/support', 'test/support'],
  ...['src/core', 'src/transfer', 'src/backends/local', 'src/backends/s3'],
]);
const killed = useKilledUploads();

/** `npm run test:kill` asks for more. */
const KILLS = Number(process.env.STOWAGE_KILLS ?? 10);
const SIZE = (KILLS > 10 ? 256 : 32) * MIB;
const PART = 5 * MIB;
const AT_ONCE = 4;
const LIMIT = 60_000 + KILLS * 6_000;

const points: readonly (readonly [DeathPoint, number | undefined])[] = [
  ['after-begin', undefined],
  ['before-part', 1],
  ['after-part', 1],
  ['after-part', 3],
  ['before-complete', undefined],
  ['after-complete', undefined],
];

function killedUploads(place: () => TestServer | 'local'): void {
  it.each(points)(
    'ends with the right object when its process dies %s %s',
    async (point, part) => {
      const count = 4;
      const upload = await killed(place(), { size: count * PART - 7, partSize: PART, concurrency: 1 });
      const dying = start('upload', { ...upload.config, death: { point, part } } satisfies UploadConfig);
      expect(await dying.ended()).toBe('SIGKILL');
      const before = upload.parts();
      const result = await start('upload', upload.config).done<{ readonly size: number }>();
      expect(result.size).toBe(count * PART - 7);
      // Nothing that was stored was sent again.
      expect(upload.parts().sent - before.sent).toBe(count - before.stored);
      await upload.verify();
    },
    60_000,
  );

  it(
    `goes on until it is done, killed ${KILLS} times at random`,
    async () => {
      const upload = await killed(place(), { size: SIZE, partSize: PART, concurrency: AT_ONCE });
      const count = Math.ceil(SIZE / PART);
      let kills = 0;
      while (kills < KILLS) {
        const child = start('upload', upload.config);
        const ended = child.ended();
        await Promise.race([child.heard(word('running')).catch(() => undefined), ended]);
        await Promise.race([sleep(Math.random() * 120), ended]);
        child.signal('SIGKILL');
        // One that was done before is followed by another upload of the same file over the same object.
        if ((await ended) === 'SIGKILL') kills++;
      }
      await start('upload', upload.config).done();
      const { sent, stored, completed } = upload.parts();
      const again = sent - completed * count;
      process.stdout.write(
        `${kills} kills, ${completed} uploads of ${count} parts: ${sent} parts sent, ${stored} heard of as stored, ${again} sent again\n`,
      );
      expect(again).toBeLessThanOrEqual(kills * AT_ONCE);
      await upload.verify();
      if (upload.config.target.kind === 'local') expect(remains(upload.config.target.root)).toEqual([]);
    },
    LIMIT,
  );
}

describe('an upload that is killed: to local disk', () => killedUploads(() => 'local'));

describeServers({ only: ['versitygw', 'minio'] }, (server) => {
  describe('an upload that is killed', () => killedUploads(server));
});
