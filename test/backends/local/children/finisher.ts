import { StorageError } from '../../../../src/core/error.js';
import { MultipartUploads } from '../../../../src/core/multipart-uploads.js';
import type { UploadedPart } from '../../../../src/core/part-store.js';
import { child, hear, open, say } from './child.js';

/** An upload whose parts are all there. */
export interface Ready {
  readonly key: string;
  readonly id: string;
  readonly parts: readonly UploadedPart[];
}

interface Config {
  readonly root: string;
  readonly aborts: boolean;
  readonly uploads: readonly Ready[];
}

/** Completes every upload, or aborts it, at the same time as others do; gives the ETags, or the reason why there is none. */
await child<Config>(async ({ root, aborts, uploads: all }) => {
  const { storage, backend } = open({ root, durability: 'rename' });
  const uploads = storage.capability(MultipartUploads) as MultipartUploads;
  await uploads.list();
  say('ready');
  await hear();
  const outcomes: string[] = [];
  for (const { key, id, parts } of all) {
    const work = aborts
      ? uploads.abort(key, id).then(() => 'aborted')
      : uploads.complete(key, id, parts).then(({ etag }) => etag);
    outcomes.push(
      await work.catch((error: unknown) => {
        if (StorageError.is(error)) return `${error.code} ${error.reason}`;
        throw error;
      }),
    );
  }
  await backend.close();
  return { outcomes };
});
