import { AssertionError } from 'node:assert';
import { describe, expect, it } from '@jest/globals';
import { fakeStorage } from '../../src/testing/index.js';

async function failure(assertion: Promise<unknown>): Promise<string> {
  const error: unknown = await assertion.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AssertionError);
  return (error as AssertionError).message;
}

describe('a fake storage', () => {
  it('is a storage', async () => {
    const fake = fakeStorage('documents');
    await fake.put('a.txt', 'hello');
    expect(await fake.text('a.txt')).toBe('hello');
    expect(fake.name).toBe('documents');
    expect(fakeStorage().name).toBe('default');
  });

  it('passes what holds', async () => {
    const fake = fakeStorage();
    await fake.expectEmpty();
    await fake.expectMissing('a/b.txt');
    await fake.put('a/b.txt', 'hello', { metadata: { owner: 'ann', kind: 'note' } });
    const info = await fake.expectStored('a/b.txt', {
      contentType: 'text/plain',
      size: 5,
      text: 'hello',
      bytes: Buffer.from('hello'),
      metadata: { owner: 'ann' },
    });
    expect(info.key).toBe('a/b.txt');
    await fake.expectStored('a/b.txt');
    await fake.expectCount('a/', 1);
    await fake.expectCount('b/', 0);
    await fake.expectCount('', 1);
  });

  it('says what differs and which keys there are', async () => {
    const fake = fakeStorage('documents');
    await fake.put('a.txt', 'hello', { metadata: { owner: 'ann' } });
    const expected = {
      contentType: 'image/png',
      size: 4,
      text: 'hallo',
      metadata: { owner: 'bob', of: 'x' },
    };
    expect(await failure(fake.expectStored('a.txt', expected))).toBe(
      [
        'Storage "documents": "a.txt" is not as expected',
        '- contentType: "image/png"',
        '+ contentType: "text/plain"',
        '- size: 4',
        '+ size: 5',
        '- text: "hallo"',
        '+ text: "hello"',
        '- metadata owner: "bob"',
        '+ metadata owner: "ann"',
        '- metadata of: "x"',
        '+ metadata of: undefined',
        'It has:',
        '  "a.txt"',
      ].join('\n'),
    );
    expect(await failure(fake.expectStored('a.txt', { bytes: Buffer.from([1]) }))).toContain(
      '- bytes: 01 (1 bytes)\n+ bytes: 68656c6c6f (5 bytes)',
    );
  });

  it('names what is missing, there, too many', async () => {
    const fake = fakeStorage();
    expect(await failure(fake.expectStored('a'))).toBe('Storage "default": "a" is not stored\nIt is empty.');
    for (let i = 10; i < 33; i++) await fake.put(`k/${i}`, '');
    expect(await failure(fake.expectMissing('k/10'))).toContain('"k/10" is stored');
    expect(await failure(fake.expectCount('k/', 3))).toContain('23 objects are stored below "k/", not 3');
    const message = await failure(fake.expectEmpty());
    expect(message).toContain('23 objects are stored, not 0');
    expect(message).toContain('\n  … and 3 more');
  });

  it('shortens long content', async () => {
    const fake = fakeStorage();
    await fake.put('a', 'x'.repeat(100_000));
    const message = await failure(fake.expectStored('a', { text: 'y', bytes: Buffer.alloc(50_000) }));
    expect(message.length).toBeLessThan(1000);
    expect(message).toContain('(100000 characters)');
  });
});
