import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { useChildren } from './support/children.js';
import { FAST, keysOfFiles, keysOfMetadata, remains, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const start = useChildren();
const MS = 6_000;
const report = (line: string): void => void process.stdout.write(`${line}\n`);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

async function leavesNothingElse(root: string): Promise<void> {
  const { backend } = roots.open(root);
  await backend.sweep();
  await backend.close();
  expect(keysOfMetadata(root)).toEqual(keysOfFiles(root));
  expect(remains(root)).toEqual([]);
}

describe('processes on one root', () => {
  it.each([false, true])(
    'never see data and metadata torn apart, deletes: %s',
    async (deletes) => {
      const root = join(roots.folder(), 'root');
      const role = (name: string) => start('torn', { root, role: name, ms: MS, deletes });
      const writers = [role('writer'), role('writer')];
      const readers = [role('reader'), role('reader')];
      const count = async (children: typeof readers) =>
        sum(
          (await Promise.all(children.map((child) => child.done<{ operations: number }>(120_000)))).map(
            ({ operations }) => operations,
          ),
        );
      const [written, read] = await Promise.all([count(writers), count(readers)]);
      report(`${read} whole reads beside ${written} writes`);
      expect(written).toBeGreaterThan(200);
      expect(read).toBeGreaterThan(200);
      await leavesNothingElse(root);
    },
    240_000,
  );

  it('lose no neighbour when empty folders are removed', async () => {
    const root = join(roots.folder(), 'root');
    const children = [0, 1, 2].map((id) => start('siblings', { root, id, rounds: 1_200 }));
    const done = await Promise.all(children.map((child) => child.done<{ puts: number }>(200_000)));
    report(`${sum(done.map(({ puts }) => puts))} puts and deletes of siblings`);
    expect(keysOfFiles(root)).toEqual([0, 1, 2].map((id) => `shared/deep/deeper/last-${id}`));
    await leavesNothingElse(root);
  }, 240_000);
});
