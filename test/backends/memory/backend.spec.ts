import { describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../../src/backends/memory/backend.js';
import type { PutOptions } from '../../../src/core/options.js';
import { readAll } from '../../support/bodies.js';

describe('MemoryBackend', () => {
  it('describes the content that it gives, also when it is replaced at once after the call', async () => {
    const backend = new MemoryBackend();
    await backend.put('from', Buffer.from('longer content'), { contentType: 'text/plain' });
    await backend.put('k', Buffer.from('old'), {});
    const reading = backend.get('k', {});
    const replacing = backend.copy('from', 'k', {});
    const { info, body } = await reading;
    await replacing;
    expect((await readAll(body)).length).toBe(info.size);
  });

  it('does not let a caller change an object by what it was given', async () => {
    const backend = new MemoryBackend();
    const stored = await backend.put('k', Buffer.from('x'), { metadata: { a: '1' } });
    const original = await backend.head('k', {});
    const { objects } = await backend.list({ prefix: '', limit: 10 });
    const { info, body } = await backend.get('k', {});
    body.destroy();
    for (const given of [stored, await backend.head('k', {}), info, ...objects]) {
      given.lastModified.setFullYear(1999);
      if (given.metadata) (given.metadata as Record<string, string>)['a'] = 'changed';
    }
    expect(await backend.head('k', {})).toEqual(original);
    expect(original.lastModified.getFullYear()).toBeGreaterThan(1999);
  });

  it('keeps no options that describe the call and not the object', async () => {
    const backend = new MemoryBackend();
    const options: PutOptions = { signal: new AbortController().signal, size: 1, ifAbsent: true };
    await backend.put('k', Buffer.from('x'), { ...options, ...({ unknown: 1, s3: undefined } as object) });
    const known = ['key', 'size', 'lastModified', 'etag', 'checksum', 'metadata', 'contentType'];
    const headers = ['cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage'];
    for (const name of Object.keys(await backend.head('k', {})))
      expect([...known, ...headers]).toContain(name);
  });

  it('reads, lists and deletes keys that only others could have written', async () => {
    const backend = new MemoryBackend();
    for (const key of ['folder/', 'a//b', '../x', 'back\\slash']) {
      await backend.put(key, Buffer.from('x'), {});
      expect(backend.keyProblem(key)).toBeUndefined();
      expect((await backend.head(key, {})).key).toBe(key);
      await backend.delete(key, {});
    }
    expect(backend.keyProblem('')).toBeDefined();
    expect((await backend.list({ prefix: '', limit: 10 })).objects).toEqual([]);
  });

  it('gives the CRC-32 of what it stored', async () => {
    const { checksum } = await new MemoryBackend().put('k', Buffer.from('123456789'), {});
    // The check value of CRC-32/ISO-HDLC, 0xCBF43926, in base64.
    expect(checksum).toEqual({ algorithm: 'crc32', value: 'y/Q5Jg==' });
  });
});
