import { describe, expect, it } from '@jest/globals';
import { PassThrough, Readable } from 'node:stream';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { TransferMemory } from '../../src/core/transfer-memory.js';
import { upload } from '../../src/transfer/upload/upload.js';
import { bytesOf, KIB, readAll } from '../support/bodies.js';
import { failure } from '../support/errors.js';
import { partStoreOf } from '../support/part-store.js';
import { until } from '../support/until.js';
import { within } from '../support/within.js';

const PART = 64 * KIB;

describe('an upload whose source stalls', () => {
  it('gives its memory to those that wait, and leaves nothing', async () => {
    const backend = new MemoryBackend();
    const uploads = backend.capability(MultipartUploads);
    if (!uploads) throw new Error('The memory backend has no uploads in parts');
    const memory = new TransferMemory(4 * PART, 100);
    const tools = {
      memory,
      running: uploads.running,
      classify: (error: unknown) => backend.errorCode(error),
    };
    const put = (key: string, body: Readable) =>
      within(upload(partStoreOf(uploads), key, body, { partSize: PART }, tools), 'the upload');
    const clients = Array.from({ length: 4 }, () => new PassThrough({ highWaterMark: 2 * PART }));
    // Each has sent more than a part, and stops in the middle of the next one.
    const bytes = bytesOf(PART + 50 * KIB);
    const stopped = clients.map((client, i) => {
      client.write(bytes);
      return failure(put(`stopped-${i}`, client));
    });
    await within(
      until(() => memory.held === memory.budget),
      'the memory is used up',
    );
    const content = bytesOf(5 * PART + 1);
    const served = put('served', Readable.from([content]));
    const errors = await Promise.all(stopped);
    for (const error of errors) expect(error).toMatchObject({ code: 'TIMEOUT', reason: 'stalled' });
    await served;
    expect(await readAll((await backend.get('served', {})).body)).toEqual(content);
    expect(clients.every(({ destroyed }) => destroyed)).toBe(true);
    expect((await uploads.list()).uploads).toEqual([]);
    expect({ held: memory.held, queue: memory.queue }).toEqual({ held: 0, queue: 0 });
    memory.clear();
  });
});
