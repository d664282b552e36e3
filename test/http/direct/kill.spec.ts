import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeServers } from '../../servers/s3-servers.js';
import { openChildPlace, type ChildPlace } from '../../support/child-place.js';
import { useChildren } from '../../support/children.js';
import type { Death } from '../../support/dying.js';
import { MortalServer } from '../../support/mortal-server.js';
import { keysOf } from '../harness.js';
import type { ConfirmingConfig } from './children/confirming.js';

const start = useChildren('test/http/direct/children', ['src', 'test/support'], { bundled: true });

interface Begun {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly ticket: string;
}

interface Answer {
  readonly status: number;
  readonly json: { readonly key?: string; readonly code?: string };
}

function killed(open: () => Promise<ChildPlace>, places: readonly boolean[]) {
  let end: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const one of end.reverse()) await one();
    end = [];
  });

  it.each(
    places.flatMap(
      (own) =>
        [
          [own, 'before'],
          [own, 'after'],
        ] as const,
    ),
  )(
    'loses no upload, whichever change it dies at (own keys: %s, %s the change)',
    async (ownKeys, when) => {
      const folder = await mkdtemp(join(tmpdir(), 'stowage-confirm-'));
      end.push(() => rm(folder, { recursive: true, force: true }));
      const { target, storage, destroy } = await open();
      end.push(destroy);
      const rows = join(folder, 'rows');
      const server = await MortalServer.create();
      end.push(() => server.close());
      const { url: base } = server;
      const serve = (death?: Death): Promise<void> =>
        server.run(
          start('confirming', { target, url: base, death, ownKeys, rows } satisfies ConfirmingConfig),
        );
      const post = async (path: string, body: object): Promise<Answer | undefined> => {
        try {
          const answer = await fetch(`${base}/api/documents/${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
            signal: AbortSignal.timeout(20_000),
          });
          return { status: answer.status, json: (await answer.json()) as Answer['json'] };
        } catch {
          return undefined;
        }
      };
      const told = async (): Promise<string[]> =>
        (await readFile(rows, 'utf8').catch(() => '')).split('\n').filter(Boolean);

      const stored: string[] = [];
      let survived = false;
      for (let at = 1; !survived; at++) {
        expect(at).toBeLessThan(20);
        await serve({ at, when });
        const name = `${at}.txt`;
        const begin = (): Promise<Answer | undefined> =>
          post('direct', { name, contentType: 'text/plain', size: 5 });
        let begun = await begin();
        const isFirst = begun !== undefined;
        if (!begun) {
          await server.died();
          await serve();
          begun = await begin();
        }
        const { url, headers, ticket } = begun?.json as unknown as Begun;
        const before = (await told()).length;
        let confirmed: Answer | undefined;
        let isSent = await send(url, headers, 'hello');
        if (isSent) confirmed = await post('direct/confirm', { ticket });
        survived = confirmed !== undefined && isFirst;
        if (!confirmed) {
          await server.died();
          await serve();
          isSent ||= await send(url, headers, 'hello');
          expect(isSent).toBe(true);
          confirmed = await post('direct/confirm', { ticket });
        }
        const rowsOfIt = (await told()).slice(before);
        const key = rowsOfIt.at(-1) ?? '';
        // It was told of when the answer was lost, and is not admitted once more.
        if (confirmed?.status !== 201)
          expect(confirmed).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
        else expect(confirmed.json.key).toBe(key);
        expect(new Set(rowsOfIt)).toEqual(new Set([key]));
        if (ownKeys) expect(key).toBe(`own/${name}`);
        expect(await storage.text(key)).toBe('hello');
        stored.push(key);
        expect(await keysOf(storage)).toEqual([...stored].sort());
        expect((await post('direct/confirm', { ticket }))?.status).toBe(404);
        await server.kill();
      }
      // The lock, the copy, the mark and the removal.
      expect(stored.length).toBeGreaterThan(4);
    },
    120_000,
  );
}

function send(url: string, headers: Record<string, string>, content: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = httpRequest(url, { method: 'PUT', headers, timeout: 20_000 }, (answer) => {
      answer.resume().once('close', () => resolve(answer.statusCode === 200));
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => resolve(false));
    sent.end(content);
  });
}

describe('A server that is killed while it confirms', () => {
  describe('on local disk', () => killed(openChildPlace, [false, true]));

  // VersityGW has no copy that does not replace, so an application has no keys of its own there.
  const places = { versitygw: [false], minio: [false, true] } as const;
  for (const name of ['versitygw', 'minio'] as const)
    describeServers({ only: [name] }, (server) => killed(() => openChildPlace(server()), places[name]));
});
