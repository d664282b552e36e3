import { expect, it } from '@jest/globals';
import { FileBody } from '../../src/core/file-body.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { bytesOf } from '../support/bodies.js';
import type { UploadsContext } from './uploads.contract.js';

const PUT = 'MultipartUploads.putPart';
const COMPLETE = 'MultipartUploads.complete';

/** What becomes of uploads when they are completed. */
export function endedUploads({ enter, partSize }: UploadsContext): void {
  it('looks again for its parts when one has been replaced before the end', async () => {
    const { storage, open, records, file, calls, pending } = await enter();
    const { path, bytes } = file(partSize * 2 + 1);
    let completions = 0;
    const raced = open(async (operation, next) => {
      if (operation.name === COMPLETE && ++completions === 1) {
        const [upload] = await pending();
        const late = bytesOf(partSize, 9);
        await storage.as(MultipartUploads).putPart('a', upload?.uploadId ?? '', 1, late);
        calls.clear();
      }
      return next(operation);
    });
    const upload = await raced.uploads.start('a', new FileBody(path), { resumable: records, partSize });
    await upload.done;
    expect(completions).toBe(2);
    // That part alone is sent again.
    expect(calls.get(PUT)).toBe(1);
    expect((await storage.bytes('a')).equals(bytes)).toBe(true);
    expect(await records.list()).toEqual([]);
    expect(await pending()).toEqual([]);
  });
}
