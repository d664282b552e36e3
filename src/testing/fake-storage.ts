import { AssertionError } from 'node:assert';
import { MemoryBackend } from '../backends/memory/backend.js';
import { StorageError } from '../core/error.js';
import { withLayers, type LayeredBackend } from '../core/layered-backend.js';
import type { ObjectInfo } from '../core/object.js';
import { StorageService, type StorageServiceOptions } from '../storage/storage.service.js';
import { DEFAULT_STORAGE } from '../storage/storage.tokens.js';
import { differences } from './differences.js';
import type { StoredExpectation } from './expectation.js';

const LISTED = 20;

/** A storage in memory that can be asked what is in it. Its assertions throw an AssertionError of `node:assert`. */
export class FakeStorage extends StorageService {
  /** What `STORAGE_BACKEND` of this storage is. */
  readonly layered: LayeredBackend;

  constructor(name: string = DEFAULT_STORAGE, options: StorageServiceOptions = {}) {
    const layered = withLayers(new MemoryBackend(), name);
    super(name, layered, options);
    this.layered = layered;
  }

  /** There is an object `key`, and it is as `expected` says. @throws AssertionError. */
  async expectStored(key: string, expected: StoredExpectation = {}): Promise<ObjectInfo> {
    const found = await this.find(key);
    if (!found) return this.fail(`${JSON.stringify(key)} is not stored`);
    const lines = differences(expected, found.info, found.content);
    if (lines.length === 0) return found.info;
    return this.fail(`${JSON.stringify(key)} is not as expected\n${lines.join('\n')}`);
  }

  /** There is no object `key`. @throws AssertionError. */
  async expectMissing(key: string): Promise<void> {
    if (await this.find(key)) await this.fail(`${JSON.stringify(key)} is stored`);
  }

  /** There is no object at all. @throws AssertionError. */
  async expectEmpty(): Promise<void> {
    await this.expectCount('', 0);
  }

  /** There are `count` objects whose keys begin with `prefix`; `''` counts all. @throws AssertionError. */
  async expectCount(prefix: string, count: number): Promise<void> {
    const { length } = await this.keysBelow(prefix);
    if (length === count) return;
    const where = prefix === '' ? '' : ` below ${JSON.stringify(prefix)}`;
    await this.fail(`${length} objects are stored${where}, not ${count}`);
  }

  private async find(
    key: string,
  ): Promise<{ readonly info: ObjectInfo; readonly content: Buffer } | undefined> {
    try {
      return { info: await this.head(key), content: await this.bytes(key) };
    } catch (error) {
      if (StorageError.is(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  private async keysBelow(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.list(prefix)) keys.push(key);
    return keys;
  }

  private async fail(what: string): Promise<never> {
    const keys = await this.keysBelow('');
    const lines = keys.slice(0, LISTED).map((key) => `  ${JSON.stringify(key)}`);
    if (keys.length > LISTED) lines.push(`  … and ${keys.length - LISTED} more`);
    const there = keys.length === 0 ? 'It is empty.' : `It has:\n${lines.join('\n')}`;
    throw new AssertionError({ message: `Storage "${this.name}": ${what}\n${there}` });
  }
}

/** A storage `name` in memory with assertions, for a test that needs no module. */
export function fakeStorage(name?: string, options?: StorageServiceOptions): FakeStorage {
  return new FakeStorage(name, options);
}
