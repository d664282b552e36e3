import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import { StorageError } from '../../../src/core/error.js';
import { FileBody } from '../../../src/core/file-body.js';
import { withLayers } from '../../../src/core/layered-backend.js';
import { download } from '../../../src/transfer/download/download.js';
import { child } from '../../backends/local/children/child.js';

export interface ScarceConfig {
  readonly endpoint: string;
  readonly folder: string;
  /** What there is too little of: descriptors for a crowd, or room for a download. */
  readonly what: 'descriptors' | 'room';
}

/** How often each ending was seen: `ok`, a code of StorageError with its reason, or the name of another error. */
export interface ScarceReport {
  readonly endings: Readonly<Record<string, number>>;
  /** Descriptors that are open in the end and were not before. */
  readonly leaked: number;
  readonly names: readonly string[];
  /** Whether all is well when there is enough again. */
  readonly works: boolean;
}

/** The limit of the process, far above what it takes to load it, and how many of them are left to the crowd. */
const MOST = 256;
const LEFT = 40;

const descriptors = (): number => readdirSync('/proc/self/fd').length;

function nameOf(error: unknown): string {
  if (!StorageError.is(error))
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return error.reason === undefined ? error.code : `${error.code} ${error.reason}`;
}

await child<ScarceConfig>(async ({ endpoint, folder, what }) => {
  const part = 5 * 1024 * 1024;
  const backend = new S3Backend({
    endpoint,
    region: 'us-east-1',
    bucket: 'b',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    forcePathStyle: true,
    profile: 'aws',
    maxSinglePut: part,
    partSize: part,
    retryBudgetMs: 20_000,
  });
  const storage = withLayers(backend, 'child');
  // Whatever is opened once is open now.
  await storage.put('first', Buffer.from('first'), {});
  const before = descriptors();
  const endings: Record<string, number> = {};
  const count = (ending: string) => (endings[ending] = (endings[ending] ?? 0) + 1);
  const tally = (work: Promise<unknown>) =>
    work.then(
      () => count('ok'),
      (error: unknown) => count(nameOf(error)),
    );
  mkdirSync(folder, { recursive: true });
  if (what === 'descriptors') {
    const held = Array.from({ length: Math.max(0, MOST - LEFT - before) }, () => openSync('/dev/null', 'r'));
    const source = join(folder, 'source');
    writeFileSync(source, Buffer.alloc(3 * part, 'x'));
    const work = Array.from({ length: 500 }, (_, i) =>
      tally(storage.put(`s${i}`, Buffer.from(`small ${i}`), {})),
    );
    work.push(tally(storage.put('large', new FileBody(source), {})));
    for (let i = 0; i < 20; i++)
      work.push(tally(download(storage, 'child', 'seeded', { to: join(folder, `d${i}`) })));
    await Promise.all(work);
    held.forEach((descriptor) => closeSync(descriptor));
  } else {
    writeFileSync(join(folder, 'a'), 'old');
    for (const resume of [false, true])
      await tally(
        download(storage, 'child', 'seeded', {
          to: join(folder, 'a'),
          partSize: 65_536,
          concurrency: 3,
          resume,
        }),
      );
  }
  const works = await storage.put('last', Buffer.from('last'), {}).then(
    () => true,
    () => false,
  );
  const old = what === 'room' && readFileSync(join(folder, 'a'), 'utf8') !== 'old' ? ['a was changed'] : [];
  await backend.close();
  // What is closed behind it has a while; what has leaked stays.
  const end = performance.now() + 10_000;
  do await new Promise((resolve) => setTimeout(resolve, 100));
  while (descriptors() > before && performance.now() < end);
  return {
    endings,
    leaked: Math.max(0, descriptors() - before),
    names: [...readdirSync(folder), ...old],
    works,
  };
});
