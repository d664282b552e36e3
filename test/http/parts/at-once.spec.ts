import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import { PendingUploads, StorageHttpModule } from '../../../src/http/index.js';
import { boot, keysOf, storages, type Harness } from '../harness.js';
import { describeAdapters } from '../support/adapters.js';
import { PartsSenders } from '../support/parts-senders.js';

const SECRET = 'a secret of the tests, long enough';

const { prototype } = MultipartUploads;
const original = Reflect.get(prototype, 'complete');

describeAdapters('Requests for one upload in parts at once', () => {
  let root: string;
  let app: Harness;
  let announced: number;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-parts-'));
    announced = 0;
    const signing = { secret: SECRET, baseUrl: 'http://files.test', storage: 'documents' };
    const documents = { operations: ['direct'] as const, onStored: () => void announced++ };
    app = await boot([
      storages({ documents: new LocalBackend({ root, durability: 'rename', signing }) }),
      StorageHttpModule.forRoot({
        storages: { documents },
        secret: SECRET,
        principal: () => 'ann',
        authorize: () => true,
      }),
    ]);
  });
  afterEach(async () => {
    prototype.complete = original;
    await app.close();
    await rm(root, { recursive: true, force: true });
  });

  it('put its content together once, however many complete it', async () => {
    const running = new Set<symbol>();
    let most = 0;
    // Layers look at the number of its parameters.
    prototype.complete = async function (this: MultipartUploads, key, uploadId, parts, options) {
      const one = Symbol(key);
      most = Math.max(most, running.add(one).size);
      try {
        return await original.call(this, key, uploadId, parts, options);
      } finally {
        running.delete(one);
      }
    };
    const senders = new PartsSenders(app.url, (work) => work());
    const { url, body } = await senders.completion('hello');
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const { status } = await fetch(url, { method: 'POST', body });
        return status;
      }),
    );
    expect(answers.filter((status) => status === 200)).toHaveLength(1);
    expect(answers.every((status) => [200, 404, 409].includes(status))).toBe(true);
    expect([most, announced]).toEqual([1, 1]);
    expect(await keysOf(app.storage)).toHaveLength(1);
  });

  it('are left alone by a sweep while they are completed', async () => {
    let outcomes: readonly string[] = [];
    prototype.complete = async function (this: MultipartUploads, key, uploadId, parts, options) {
      const swept = await app.app.get(PendingUploads, { strict: false }).sweep({ olderThanHours: 0 });
      outcomes = swept.map(({ outcome }) => outcome);
      return original.call(this, key, uploadId, parts, options);
    };
    const { url, body } = await new PartsSenders(app.url, (work) => work()).completion('hello');
    expect((await fetch(url, { method: 'POST', body })).status).toBe(200);
    expect([outcomes, announced]).toEqual([['busy'], 1]);
    // Another one, which nobody works at.
    prototype.complete = original;
    await new PartsSenders(app.url, (work) => work()).completion('hello');
    const swept = await app.app.get(PendingUploads, { strict: false }).sweep({ olderThanHours: 0 });
    expect(swept).toMatchObject([{ outcome: 'removed' }]);
  });
});
