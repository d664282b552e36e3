import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { FaultServer } from '../faults/fault-server.js';
import { bytesOf, MIB } from '../support/bodies.js';
import { useChildren } from '../support/children.js';
import type { ScarceConfig, ScarceReport } from './children/scarce.js';
import { useFolder } from './support/folders.js';

const SOURCES = [
  'src/core',
  'src/backends/s3',
  'src/transfer',
  'test/backends/local/children',
  'src/backends/local',
];
/** Runs a command with a limit of the shell. */
const limited = (limit: string) => ['sh', '-c', `${limit} && exec "$@"`, 'sh'];
/** Runs it with a file system of 512 KiB in `folder`. */
const small = (folder: string) => [
  ...['unshare', '--mount'],
  ...limited(`mount -t tmpfs -o size=512k none '${folder}'`),
];
const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

describe('a transfer where something is scarce', () => {
  const start = useChildren('test/transfer/children', SOURCES);
  const folder = useFolder();
  let server: FaultServer;
  beforeEach(async () => {
    server = await FaultServer.start();
    server.s3.seed('seeded', bytesOf(MIB));
  });
  afterEach(() => server.close());

  async function run(what: ScarceConfig['what'], wrapper: readonly string[]): Promise<ScarceReport> {
    const config: ScarceConfig = { endpoint: server.endpoint, folder: folder.path, what };
    return start('scarce', config, { wrapper }).done<ScarceReport>(60_000);
  }

  it('waits for descriptors, or says that there are none: 500 puts, an upload and 20 downloads with 40', async () => {
    const { endings, leaked, names, works } = await run('descriptors', limited('ulimit -n 256'));
    const { ok = 0, 'UNAVAILABLE target': noFile = 0, 'UNAVAILABLE connect': none = 0, ...others } = endings;
    // What was never sent has no unknown outcome.
    expect(others).toEqual({});
    expect(ok + noFile + none).toBe(521);
    // Connections are waited for, as long as the tries go; a file that cannot be opened is an error at once.
    expect(ok + noFile).toBeGreaterThanOrEqual(500);
    expect(leaked).toBe(0);
    expect(works).toBe(true);
    expect(names.filter((name) => !/^(source|d\d+)$/.test(name))).toEqual([]);
    expect(server.s3.uploads.pending.size).toBe(0);
  }, 70_000);

  const expectNothing = ({ endings, leaked, names, works }: ScarceReport, code: string): void => {
    expect(endings).toEqual({ [`${code} target`]: 2 });
    expect({ leaked, works }).toEqual({ leaked: 0, works: true });
    expect(names.filter((name) => !name.startsWith('a.stowage-part'))).toEqual(['a']);
  };

  it('says that a file may not grow so large, and leaves what was there', async () => {
    expectNothing(await run('room', limited('ulimit -f 600')), 'TOO_LARGE');
  }, 70_000);

  (canMount ? it : it.skip)(
    'says that the disk is full, and leaves what was there (needs unshare and mount)',
    async () => {
      expectNothing(await run('room', small(folder.path)), 'NO_SPACE');
    },
    70_000,
  );
});
