import { expect, it } from '@jest/globals';
import { StorageHttpModule, type ListAnswer } from '../../../src/http/index.js';
import { forEachDirectPlace, SECRET } from '../direct/direct-places.js';
import { boot, storages } from '../harness.js';

const VISIBLE = ['a/1', 'a/2', 'b', 'pending.txt', 'users/1', 'users/2', 'z'];
const HIDDEN = Array.from({ length: 7 }, (_, at) => `pending/direct/secret-${at}`);

/** A cursor, and all that can be read out of it by decoding it. */
function readings(cursor: string, depth = 3): string[] {
  if (depth === 0) return [cursor];
  const decoded = (['base64', 'base64url', 'hex'] as const).map((encoding) =>
    Buffer.from(cursor, encoding).toString('latin1'),
  );
  const inner = cursor.match(/[A-Za-z0-9+/_-]{8,}={0,2}/g) ?? [];
  return [cursor, ...[...decoded, ...inner].flatMap((one) => readings(one, depth - 1))];
}

forEachDirectPlace(({ open }) => {
  it('leaves no key below the pending prefix in a cursor, wherever a page ends', async () => {
    let url = '';
    const { backend, destroy } = await open(() => url);
    const harness = await boot(
      [
        storages({ documents: backend }),
        StorageHttpModule.forRoot({
          storages: { documents: { operations: ['list', 'direct'] } },
          authorize: () => true,
          secret: SECRET,
        }),
      ],
      { destroy },
    );
    url = harness.url;
    for (const key of [...VISIBLE, ...HIDDEN]) await harness.storage.put(key, key);
    const listed = async (query: string, limit: number): Promise<string[]> => {
      const found: string[] = [];
      for (let cursor: string | undefined = ''; cursor !== undefined;) {
        const path = `objects?limit=${limit}${query}&cursor=${encodeURIComponent(cursor)}`;
        const page = (await (await fetch(`${url}/api/documents/${path}`)).json()) as ListAnswer;
        const names = [...page.objects.map(({ key }) => key), ...page.prefixes];
        expect(names.length).toBeLessThanOrEqual(limit);
        found.push(...names);
        ({ cursor } = page);
        const read = readings(cursor ?? '').filter((one) => /pending\/|secret/.test(one));
        expect([query, limit, read]).toEqual([query, limit, []]);
      }
      return found;
    };
    const folders = ['a/', 'b', 'pending.txt', 'users/', 'z'];
    for (let limit = 1; limit <= 8; limit++) {
      expect(await listed('', limit)).toEqual(VISIBLE);
      expect((await listed('&delimiter=/', limit)).sort()).toEqual(folders);
      expect(await listed('&prefix=pend', limit)).toEqual(['pending.txt']);
      expect(await listed('&prefix=pending/direct/', limit)).toEqual([]);
    }
    await harness.close();
  }, 60_000);
});
