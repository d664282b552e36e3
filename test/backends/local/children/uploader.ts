import { appendFileSync } from 'node:fs';
import { MultipartUploads } from '../../../../src/core/multipart-uploads.js';
import type { UploadedPart } from '../../../../src/core/part-store.js';
import { child, open, say } from './child.js';
import { partOfKey, PARTS, type Told } from './upload-content.js';

interface Config {
  readonly root: string;
  readonly log: string;
  readonly durability: 'full' | 'rename';
  readonly seed: number;
}

/** Uploads in parts, three at once or, with an odd seed, one after the other; one object after the other, until it is killed. */
await child<Config>(async ({ root, log, durability, seed }) => {
  const { storage } = open({ root, durability });
  const uploads = storage.capability(MultipartUploads) as MultipartUploads;
  const tell = (told: Told) => appendFileSync(log, `${JSON.stringify(told)}\n`);
  say('ready');
  for (let i = 0; ; i++) {
    const key = `f${i % 2}/${seed}-${i}`;
    const { uploadId: id } = await uploads.begin(key, { metadata: { key } });
    tell({ key, id });
    const left = Array.from({ length: PARTS }, (_, n) => n + 1);
    const parts: UploadedPart[] = [];
    const send = async () => {
      for (let number = left.shift(); number !== undefined; number = left.shift()) {
        const part = await uploads.putPart(key, id, number, partOfKey(key, number));
        tell({ key, id, part });
        parts.push(part);
      }
    };
    await Promise.all(Array.from({ length: seed % 2 === 0 ? 3 : 1 }, send));
    await uploads.complete(
      key,
      id,
      parts.sort((a, b) => a.number - b.number),
    );
    tell({ key, id, completed: true });
  }
});
