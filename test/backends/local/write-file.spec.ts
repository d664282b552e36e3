import { expect, it } from '@jest/globals';
import { disk } from '../../../src/backends/local/disk.js';
import { writeAll } from '../../../src/backends/local/write-file.js';

it('writes more than two GiB at hand in several calls, as Node takes no more in one', async () => {
  // Memory that nobody touches costs nothing.
  const bytes = new Uint8Array(2 ** 31 + 5);
  const writes: [offset: number, length: number, position: number][] = [];
  const taking = {
    ...disk,
    write: (_: number, __: Uint8Array, offset: number, length: number, position: number) => {
      writes.push([offset, length, position]);
      return Promise.resolve(length);
    },
  };
  await writeAll(taking, 0, bytes, 7);
  expect(writes.every(([, length]) => length < 2 ** 31)).toBe(true);
  expect(writes.map(([offset, , position]) => position - offset)).toEqual(writes.map(() => 7));
  expect(writes.reduce((end, [offset, length]) => (offset === end ? end + length : -1), 0)).toBe(
    bytes.length,
  );
});
