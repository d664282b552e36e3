import { describe, expect, it } from '@jest/globals';
import { assertAccepted, checkOptions } from '../../src/core/check-options.js';
import { contentTypeOf, extensionOf } from '../../src/core/content-type.js';
import { checkRead, checkWrite } from '../../src/core/conditions.js';
import { normalizeMetadata } from '../../src/core/metadata.js';
import { thrown } from '../support/errors.js';

describe('checkOptions', () => {
  it('names the option that it refuses', () => {
    const cases: readonly (readonly [string, () => unknown])[] = [
      ['contentType', () => checkOptions.put('k', { contentType: 'png' })],
      ['cacheControl', () => checkOptions.put('k', { cacheControl: 'a\nb' })],
      ['size', () => checkOptions.put('k', { size: -1 })],
      ['ifAbsent', () => checkOptions.put('k', { ifAbsent: true, ifMatch: 'x' })],
      ['ifMatch', () => checkOptions.get({ ifMatch: '' })],
      ['ifNoneMatch', () => checkOptions.get({ ifNoneMatch: '' })],
      ['range', () => checkOptions.get({ range: { start: 2, end: 1 } })],
      ['range', () => checkOptions.get({ range: { end: 5, suffix: 5 } as never })],
      ['limit', () => checkOptions.list({ prefix: '', limit: 0 })],
      ['prefix', () => checkOptions.list({ prefix: '\ud800', limit: 1 })],
      ['delimiter', () => checkOptions.list({ prefix: '', limit: 1, delimiter: ':' as '/' })],
      ['cursor', () => checkOptions.list({ prefix: '', limit: 1, cursor: '' })],
    ];
    for (const [reason, run] of cases)
      expect(thrown(run)).toMatchObject({ code: 'INVALID_ARGUMENT', reason });
  });

  it('fills the content type and takes the quotes off ETags', () => {
    expect(checkOptions.put('a.png', { ifMatch: '"x"' })).toEqual({ contentType: 'image/png', ifMatch: 'x' });
    expect(checkOptions.get({ ifMatch: '"a"', ifNoneMatch: '"b"' })).toEqual({
      ifMatch: 'a',
      ifNoneMatch: 'b',
    });
    expect(checkOptions.delete({ ifMatch: '*' })).toEqual({ ifMatch: '*' });
    expect(checkOptions.copy('k', { ifMatch: 'W/"x"' })).toEqual({ ifMatch: 'W/"x"' });
  });

  it('refuses options of another backend by their names', () => {
    expect(thrown(() => assertAccepted({ kind: 'local' }, { s3: {} }))).toMatchObject({
      code: 'UNSUPPORTED',
      reason: 's3',
    });
    expect(() => assertAccepted({ kind: 'local' }, { versionId: undefined })).not.toThrow();
  });
});

describe('conditions', () => {
  it('judge writes', () => {
    expect(() => checkWrite({}, undefined)).not.toThrow();
    expect(() => checkWrite({ ifAbsent: true }, undefined)).not.toThrow();
    expect(() => checkWrite({ ifAbsent: false }, 'a')).not.toThrow();
    expect(() => checkWrite({ ifMatch: 'a' }, 'a')).not.toThrow();
    expect(() => checkWrite({ ifMatch: '*' }, 'a')).not.toThrow();
    expect(thrown(() => checkWrite({ ifAbsent: true }, 'a')).code).toBe('ALREADY_EXISTS');
    expect(thrown(() => checkWrite({ ifMatch: 'b' }, 'a')).code).toBe('PRECONDITION_FAILED');
    expect(thrown(() => checkWrite({ ifMatch: '*' }, undefined)).code).toBe('NOT_FOUND');
  });

  it('judge reads, ifMatch first', () => {
    expect(() => checkRead({ ifMatch: '*', ifNoneMatch: 'b' }, 'a')).not.toThrow();
    expect(thrown(() => checkRead({ ifMatch: 'b', ifNoneMatch: 'a' }, 'a')).code).toBe('PRECONDITION_FAILED');
    expect(thrown(() => checkRead({ ifMatch: 'a', ifNoneMatch: '*' }, 'a')).code).toBe('NOT_MODIFIED');
  });
});

describe('normalizeMetadata', () => {
  it('gives a copy with names in lower case', () => {
    const given = { 'X-Name': 'Value' };
    expect(normalizeMetadata(given)).toEqual({ 'x-name': 'Value' });
    expect(given).toEqual({ 'X-Name': 'Value' });
  });

  it('changes no prototype', () => {
    const result = normalizeMetadata(JSON.parse('{"__proto__":"x"}') as Record<string, string>);
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Object.keys(result)).toEqual(['__proto__']);
  });

  it('counts names and values, in bytes', () => {
    expect(() => normalizeMetadata({ ab: 'x'.repeat(2046) })).not.toThrow();
    expect(thrown(() => normalizeMetadata({ ab: 'x'.repeat(2047) })).message).toContain('2049 bytes');
    expect(thrown(() => normalizeMetadata({ ab: 'é'.repeat(1024) })).message).toContain('2050 bytes');
  });
});

describe('content types', () => {
  it('go by extensions, and extensions by content types', () => {
    expect(contentTypeOf('a/b.JSON')).toBe('application/json');
    expect(contentTypeOf('a.b/c')).toBe('application/octet-stream');
    expect(extensionOf('image/jpeg')).toBe('jpg');
    expect(extensionOf('no/such')).toBeUndefined();
  });
});
