import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import { describeServers } from '../../servers/s3-servers.js';
import { openChildPlace, type ChildPlace } from '../../support/child-place.js';
import { useChildren, type Child } from '../../support/children.js';
import { listening } from '../../support/mortal-server.js';
import { keysOf } from '../harness.js';
import { forEachAdapter } from '../support/adapters.js';
import { PartsSenders } from '../support/parts-senders.js';
import type { ServingConfig, ServingOrder } from './children/serving.js';
import { until } from '../../support/until.js';

const start = useChildren('test/http/parts/children', ['src', 'test/support'], { bundled: true });

/** @param isAtomic Whether the storage stores an object only where there is none, also for two at once. */
function completed(open: () => Promise<ChildPlace>, isAtomic: boolean): void {
  forEachAdapter((adapter) => {
    let place: ChildPlace;
    let children: readonly Child[] = [];
    let urls: readonly string[] = [];
    beforeEach(async () => {
      place = await open();
      const config: ServingConfig = { adapter, target: place.target };
      children = [start('serving', config), start('serving', config)];
      urls = await Promise.all(children.map(listening));
    }, 60_000);
    afterEach(async () => {
      for (const child of children) child.signal('SIGKILL');
      await Promise.all(children.map((child) => child.ended()));
      await place.destroy();
    }, 30_000);

    const count = (what: string): number =>
      children.flatMap(({ said }) => said).filter((word) => what in (word as object)).length;
    const tell = (order: ServingOrder): void => children.forEach((child) => child.say(order));

    it.each(['nothing', 'MultipartUploads.listParts', 'MultipartUploads.complete', 'head', 'copy'])(
      'is one object and is told of once, when both are at: %s',
      async (operation) => {
        for (let round = 1; round <= 2; round++) {
          const { url, body } = await new PartsSenders(urls[0] ?? '', (work) => work()).completion('hello');
          const [waitsBefore, storedBefore] = [count('waits'), count('stored')];
          if (operation !== 'nothing') tell({ wait: operation });
          let ended = 0;
          const both = urls.map(async (at) => {
            const sent = await fetch(url.replace(urls[0] ?? '', at), { method: 'POST', body });
            const text = await sent.text();
            ended++;
            return { status: sent.status, key: /<Key>(.+)<\/Key>/.exec(text)?.[1], text };
          });
          // Both are there, or one was kept from it, or came too late.
          await until(() => count('waits') - waitsBefore + ended >= 2 || operation === 'nothing', 20_000);
          tell({ go: true });
          const answers = await Promise.all(both);
          // One that was told to wait and had nothing to wait for is let go, too.
          tell({ wait: 'nothing' });
          // What a child says comes on another way than what it answers.
          tell({ done: round });
          await until(() => count('done') === 2 * round);
          const done = answers.filter(({ status }) => status === 200);
          const stored = count('stored') - storedBefore;
          const keys = await keysOf(place.storage);
          const told = [round, answers.map(({ status }) => status), stored];
          if (isAtomic) expect(told).toEqual([round, expect.arrayContaining([200]), 1]);
          expect(done.length).toBeGreaterThanOrEqual(1);
          expect(stored).toBe(done.length);
          // Of two completions VersityGW may fail one by an error of its own: what became of it nobody knows.
          const isTold = ({ status, text }: (typeof answers)[number]): boolean =>
            [200, 404, 409].includes(status) || (!isAtomic && text.includes('<Code>OUTCOME_UNKNOWN<'));
          expect(answers.filter((answer) => !isTold(answer))).toEqual([]);
          // Whoever succeeded names the same object.
          expect(new Set(done.map(({ key }) => key)).size).toBe(1);
          expect(keys.filter((key) => !key.startsWith('pending/'))).toHaveLength(round);
          expect((await place.storage.bytes(done[0]?.key ?? '')).toString()).toBe('hello');
          expect(keys.filter((key) => /^pending\/(?:direct|held)\//.test(key))).toEqual([]);
          expect((await place.storage.as(MultipartUploads).list()).uploads).toEqual([]);
        }
      },
      60_000,
    );
  });
}

describe('An upload in parts that two processes complete at once', () => {
  describe('on local disk', () => completed(openChildPlace, true));

  // VersityGW looks and then writes.
  for (const name of ['minio', 'versitygw'] as const)
    describeServers({ only: [name] }, (server) =>
      completed(() => openChildPlace(server()), name === 'minio'),
    );
});
