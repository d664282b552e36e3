import { describe, expect, it } from '@jest/globals';
import { StorageError, type StorageErrorCode } from '../../src/core/error.js';

describe('StorageError', () => {
  it('says what, where and why', () => {
    const cause = new Error('socket closed');
    const context = { reason: 'io', storage: 'files', operation: 'get', key: 'a/b', cause };
    const error = new StorageError('UNAVAILABLE', 'It is away', context);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      ...context,
      name: 'StorageError',
      code: 'UNAVAILABLE',
      message: 'It is away',
    });
  });

  it('has no cause when there is none', () => {
    expect('cause' in new StorageError('UNKNOWN', 'x')).toBe(false);
  });

  it('knows the codes after which the same call may succeed later', () => {
    const temporary: StorageErrorCode[] = ['THROTTLED', 'UNAVAILABLE', 'TIMEOUT'];
    for (const code of temporary) expect(new StorageError(code, 'x').temporary).toBe(true);
    const lasting: StorageErrorCode[] = ['NOT_FOUND', 'ABORTED', 'OUTCOME_UNKNOWN', 'CONFLICT', 'UNKNOWN'];
    for (const code of lasting) expect(new StorageError(code, 'x').temporary).toBe(false);
  });

  it('is known by its code', () => {
    const error = new StorageError('NOT_FOUND', 'x');
    expect(StorageError.is(error)).toBe(true);
    expect(StorageError.is(error, 'NOT_FOUND')).toBe(true);
    expect(StorageError.is(error, 'ABORTED', 'NOT_FOUND')).toBe(true);
    expect(StorageError.is(error, 'ABORTED')).toBe(false);
  });

  it('is still one of another code when it is not of these', () => {
    const nameOf = (error: StorageError): string => {
      if (StorageError.is(error, 'NOT_FOUND')) return error.code satisfies 'NOT_FOUND';
      // Compiles only as long as what was ruled out is the code, not the error.
      return error.code;
    };
    expect(nameOf(new StorageError('ABORTED', 'x'))).toBe('ABORTED');
  });

  it('is known when a second copy of the package made it', () => {
    const brand = Symbol.for('nestjs-stowage.error');
    const foreign = Object.assign(new Error('x'), { code: 'NOT_FOUND', [brand]: true });
    expect(foreign).not.toBeInstanceOf(StorageError);
    expect(StorageError.is(foreign, 'NOT_FOUND')).toBe(true);
  });

  it('is nothing else', () => {
    const others = [
      undefined,
      null,
      'NOT_FOUND',
      5,
      {},
      { code: 'NOT_FOUND' },
      new Error('x'),
      () => undefined,
    ];
    for (const other of others) expect(StorageError.is(other)).toBe(false);
  });

  it('shows its brand in no log', () => {
    const error = new StorageError('NOT_FOUND', 'x', { key: 'k' });
    expect(Object.keys(error)).toEqual(expect.arrayContaining(['code', 'key']));
    expect(JSON.stringify(error)).toContain('NOT_FOUND');
    const symbols = Object.getOwnPropertySymbols(error);
    expect(symbols).not.toEqual([]);
    expect(symbols.filter((symbol) => Object.prototype.propertyIsEnumerable.call(error, symbol))).toEqual([]);
  });
});
