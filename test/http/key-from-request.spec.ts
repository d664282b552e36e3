import { describe, expect, it } from '@jest/globals';
import { keyFromRequest, keyInPath } from '../../src/http/message/key-from-request.js';
import type { HttpRequest } from '../../src/http/message/http-request.js';

const asking = (url: string): HttpRequest => ({ url, originalUrl: url }) as unknown as HttpRequest;

describe('The key in the path of a request', () => {
  it.each([
    ['/api/objects/objects/a/b', 'objects', 'a/b'],
    ['/api/objects/objects/objects/a', 'objects', 'objects/a'],
    ['/objects/objects/objects/a', 'objects', 'objects/a'],
    ['/api/documents/objects/documents/objects/a', 'documents', 'documents/objects/a'],
    ['/api/OBJECTS/objects/a', 'OBJECTS', 'a'],
  ])('of %s on the storage %s is %s', (url, storage, key) => {
    expect(keyFromRequest(asking(url), storage)).toBe(key);
  });

  it.each([
    ['/api/signed/signed/a', 'signed', 'a'],
    ['/api/signed/signed/signed/signed/a', 'signed', 'signed/signed/a'],
    ['/api/objects/signed/a', 'objects', 'a'],
  ])('of the signed URL %s on the storage %s is %s', (url, storage, key) => {
    expect(keyInPath(asking(url), storage, 'signed')).toBe(key);
  });
});
