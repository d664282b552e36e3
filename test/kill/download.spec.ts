import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageBackend } from '../../src/core/backend.js';
import { decodeRecord } from '../../src/transfer/download/download-record.js';
import { openBucket } from '../servers/open-bucket.js';
import { describeServers, type TestServer } from '../servers/s3-servers.js';
import { bytesOf, MIB } from '../support/bodies.js';
import { bucketOf, openTarget, type ChildTarget } from '../support/child-target.js';
import { useChildren, word } from '../support/children.js';
import { sleep } from '../support/within.js';
import type { DownloadConfig } from './support/downloads/config.js';

const start = useChildren('test/kill/support/downloads', [
  ...['src/core', 'src/transfer', 'src/backends/local', 'src/backends/s3', 'test/support'],
]);

/** `npm run test:kill` asks for more. */
const KILLS = Number(process.env.STOWAGE_KILLS ?? 10);
const SIZE = (KILLS > 10 ? 256 : 32) * MIB;
const PART = MIB;
const COUNT = SIZE / PART;
const AT_ONCE = 4;
/** Parts that may have come and not be written down. */
const AHEAD = 8;

type Outcome = { readonly resumedFrom: number; readonly startedOver?: string; readonly verified?: string };

/** A source with one object, that a child process can open, too. */
interface Source {
  readonly from: ChildTarget;
  readonly backend: StorageBackend;
  destroy(): Promise<void>;
}

function killedDownloads(open: (folder: string) => Promise<Source>): void {
  let folder = '';
  let source: Source;
  let content: Buffer;
  let config: DownloadConfig;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stowage-killed-'));
    source = await open(folder);
    content = bytesOf(SIZE);
    await source.backend.put('film', content, {});
    const target = mkdtempSync(join(folder, 'target-'));
    const paths = { to: join(target, 'film'), log: join(folder, 'log') };
    config = { from: source.from, key: 'film', ...paths, partSize: PART, concurrency: AT_ONCE };
  }, 60_000);
  afterEach(async () => {
    await source.backend.close?.();
    await source.destroy();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** Parts that were asked for, since the last look. */
  const asked = (): number[] => {
    const lines = existsSync(config.log) ? readFileSync(config.log, 'utf8').trim() : '';
    writeFileSync(config.log, '');
    return lines === '' ? [] : lines.split('\n').map((line) => Number(line.split('-')[0]) / PART);
  };
  const recorded = (): Set<number> => {
    const path = `${config.to}.stowage-part.json`;
    const record = existsSync(path) ? decodeRecord(readFileSync(path, 'utf8')) : undefined;
    return new Set(record?.parts.map(([part]) => part));
  };

  it(
    `goes on until it is done, killed ${KILLS} times at random`,
    async () => {
      let kills = 0;
      let requests = 0;
      let completed = 0;
      let resumed = 0;
      while (kills < KILLS) {
        const before = recorded();
        const child = start('download', config);
        const ended = child.ended();
        await Promise.race([child.heard(word('running')).catch(() => undefined), ended]);
        await Promise.race([begun(config.log), ended]);
        await Promise.race([sleep(Math.random() * 300), ended]);
        child.signal('SIGKILL');
        const how = await ended;
        if (how === 'SIGKILL') kills++;
        else expect(how).toBe(0);
        const now = asked();
        // What was known to be on the disk is not fetched again.
        expect(now.filter((part) => before.has(part))).toEqual([]);
        requests += now.length;
        if (before.size > 0 && now.length > 0) resumed++;
        // The name is there with all of it, or not at all.
        if (existsSync(config.to)) {
          expect(readFileSync(config.to).equals(content)).toBe(true);
          completed++;
          rmSync(config.to);
          // It may have been killed just before it would have removed that itself.
          rmSync(`${config.to}.stowage-part.json`, { force: true });
        }
      }
      const before = recorded();
      const last = await start('download', config).done<Outcome>(60_000);
      const now = asked();
      requests += now.length;
      expect(last).toMatchObject({ resumedFrom: before.size * PART, verified: 'crc32' });
      expect(now.length).toBe(COUNT - before.size);
      expect(readFileSync(config.to).equals(content)).toBe(true);
      expect(readdirSync(join(config.to, '..'))).toEqual(['film']);
      const again = requests - (completed + 1) * COUNT;
      process.stdout.write(
        `${kills} kills (${resumed} resumed), ${completed + 1} downloads of ${COUNT} parts: ${requests} fetched, ${again} again\n`,
      );
      expect(requests).toBeGreaterThan(COUNT);
      // Each kill costs what was on its way, and what was not written down yet.
      expect(again).toBeLessThanOrEqual(kills * (AHEAD + AT_ONCE));
    },
    60_000 + KILLS * 6_000,
  );
}

describe('a download that is killed: from local disk', () => {
  killedDownloads(async (folder) => {
    const from: ChildTarget = { kind: 'local', root: join(folder, 'root') };
    return { from, backend: await openTarget(from), destroy: () => Promise.resolve() };
  });
});

describe('a download that is killed: from S3', () => {
  describeServers({ only: ['versitygw', 'minio'] }, (server) => {
    killedDownloads(() => fromS3(server()));
  });
});

/** Resolves when something was asked for, or after two seconds. */
async function begun(log: string): Promise<void> {
  const end = performance.now() + 2_000;
  while (performance.now() < end && !(existsSync(log) && readFileSync(log).length > 0)) await sleep(2);
}

async function fromS3(server: TestServer): Promise<Source> {
  const { bucket, destroy } = await openBucket(server);
  const from = bucketOf(server, bucket);
  return { from, backend: await openTarget(from), destroy };
}
