import type { Body } from '../../../../src/core/backend.js';
import type { StorageService } from '../../../../src/storage/storage.service.js';
import { bytesOf, streamOf } from '../../../support/bodies.js';

export const OLD = bytesOf(3_000, 1);
export const NEW = bytesOf(4_000, 2);
const SOURCE = 'source/s';

export type Content = 'old' | 'new' | 'none';

/** One kind of write, and what it leads from and to. */
export interface WriteOperation {
  readonly name: string;
  /** The key that it changes. */
  readonly key: string;
  readonly before: Content;
  readonly after: Content;
  /** Another key that it needs, or takes away. */
  readonly source?: string;
  prepare(storage: StorageService): Promise<void>;
  run(storage: StorageService): Promise<unknown>;
}

const OLD_OPTIONS = { metadata: { version: 'old' }, contentType: 'text/old' };
const NEW_OPTIONS = { metadata: { version: 'new' }, contentType: 'text/new' };

export const putOld = (storage: StorageService, key: string) => storage.put(key, OLD, OLD_OPTIONS);
export const putNew = (storage: StorageService, key: string, options = {}, body: Body = NEW) =>
  storage.put(key, body, { ...NEW_OPTIONS, ...options });

/** Which content `key` has; fails when bytes, headers and metadata do not belong together. */
export async function contentOf(storage: StorageService, key: string): Promise<Content> {
  if (!(await storage.exists(key))) return 'none';
  const { info, body } = await storage.get(key);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  for (const [version, expected] of [
    ['old', OLD],
    ['new', NEW],
  ] as const) {
    if (!bytes.equals(expected)) continue;
    if (info.metadata?.version === version && info.contentType === `text/${version}`) return version;
  }
  throw new Error(
    `${key} is torn: ${bytes.length} bytes, ${info.contentType}, ${JSON.stringify(info.metadata)}`,
  );
}

/** A whole object at `key`, so that `place` says whether its folder was there before. */
function inFolder(isNew: boolean): { key: string; neighbour: string | undefined } {
  return isNew ? { key: 'new/folder/k', neighbour: undefined } : { key: 'old/k', neighbour: 'old/neighbour' };
}

function operationsIn(isNew: boolean): WriteOperation[] {
  const { key, neighbour } = inFolder(isNew);
  const place = isNew ? 'new folder' : 'folder that is there';
  const settle = async (storage: StorageService) => {
    if (neighbour !== undefined) await putOld(storage, neighbour);
  };
  const bodies = { bytes: () => NEW, stream: () => streamOf(NEW.subarray(0, 1_000), NEW.subarray(1_000)) };
  const settleSource = async (storage: StorageService) => {
    await settle(storage);
    await putNew(storage, SOURCE);
  };
  return [
    ...Object.entries(bodies).flatMap(([body, make]): WriteOperation[] => [
      {
        name: `put of ${body} into a ${place}`,
        ...{ key, before: 'none', after: 'new', prepare: settle },
        run: (storage) => putNew(storage, key, {}, make()),
      },
      {
        name: `put of ${body} with ifAbsent into a ${place}`,
        ...{ key, before: 'none', after: 'new', prepare: settle },
        run: (storage) => putNew(storage, key, { ifAbsent: true }, make()),
      },
    ]),
    {
      name: `copy into a ${place}`,
      ...{ key, before: 'none', after: 'new', source: SOURCE, prepare: settleSource },
      run: (storage) => storage.copy(SOURCE, key),
    },
    {
      name: `move into a ${place}`,
      ...{ key, before: 'none', after: 'new', source: SOURCE, prepare: settleSource },
      run: (storage) => storage.move(SOURCE, key),
    },
  ];
}

const replacing = async (storage: StorageService) => {
  await putOld(storage, 'old/k');
  await putNew(storage, SOURCE);
};
const replaced = { key: 'old/k', before: 'old', after: 'new', source: SOURCE, prepare: replacing } as const;

/** Every kind of write, where there is nothing yet and where there is. */
export const WRITE_OPERATIONS: readonly WriteOperation[] = [
  ...operationsIn(true),
  ...operationsIn(false),
  { name: 'put over an object', ...replaced, run: (storage) => putNew(storage, 'old/k') },
  {
    name: 'put of a stream over an object',
    ...replaced,
    run: (storage) => putNew(storage, 'old/k', {}, streamOf(NEW)),
  },
  {
    name: 'put with ifMatch',
    ...replaced,
    run: async (storage) => putNew(storage, 'old/k', { ifMatch: (await storage.head('old/k')).etag }),
  },
  { name: 'copy over an object', ...replaced, run: (storage) => storage.copy(SOURCE, 'old/k') },
  { name: 'move over an object', ...replaced, run: (storage) => storage.move(SOURCE, 'old/k') },
  {
    name: 'delete of the last object of its folder',
    ...{ key: 'old/k', before: 'old', after: 'none' },
    prepare: async (storage) => void (await putOld(storage, 'old/k')),
    run: (storage) => storage.delete('old/k'),
  },
  {
    name: 'delete beside another object',
    ...{ key: 'old/k', before: 'old', after: 'none' },
    prepare: async (storage) => {
      await putOld(storage, 'old/k');
      await putOld(storage, 'old/neighbour');
    },
    run: async (storage) => storage.delete('old/k', { ifMatch: (await storage.head('old/k')).etag }),
  },
];
