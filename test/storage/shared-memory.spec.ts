import { describe, expect, it } from '@jest/globals';
import { SharedMemory } from '../../src/storage/shared-memory.js';

describe('The memory of an application', () => {
  it('is one, of the size that any storage says', () => {
    const shared = new SharedMemory();
    expect(shared.want('a', undefined)).toBeUndefined();
    expect(shared.want('b', 5_000)).toBeUndefined();
    expect(shared.want('c', 5_000)).toBeUndefined();
    expect(shared.transferMemory.budget).toBe(5_000);
    expect(shared.transferMemory).toBe(shared.transferMemory);
    expect(shared.want('d', 5_000)).toBeUndefined();
    shared.clear();
  });

  it('refuses two sizes, and one that comes after transfers have begun', () => {
    const shared = new SharedMemory();
    expect(shared.want('a', 1)).toBeUndefined();
    const two = shared.want('b', 2);
    expect(two).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config', storage: 'b' });
    expect(two?.message).toContain('"a"');
    const late = new SharedMemory();
    expect(late.transferMemory.budget).toBe(128 * 1024 * 1024);
    expect(late.want('a', 1)).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    expect(late.want('a', 128 * 1024 * 1024)).toBeUndefined();
  });
});
