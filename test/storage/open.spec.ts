import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { StorageError } from '../../src/core/error.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { failure } from '../support/errors.js';
import { fakeBackend } from '../support/fake-backend.js';
import { boot } from './boot.js';

describe('the start of an application', () => {
  it('opens each backend that can be opened, once for each storage', async () => {
    let opened = 0;
    const open = (): Promise<void> => Promise.resolve(void opened++);
    const app = await boot([
      StorageModule.forRoot({ backend: fakeBackend({ open }) }),
      StorageModule.forRoot({ name: 'layered', backend: withLayers(fakeBackend({ open }), 'inner') }),
      StorageModule.forRoot({ name: 'other', backend: fakeBackend() }),
    ]);
    expect(opened).toBe(2);
    await app.close();
  });

  it('ends with what a backend cannot be opened for, which is closed', async () => {
    let closed = 0;
    const backend = fakeBackend({
      open: () => Promise.reject(new StorageError('NO_SPACE', 'The disk is full', { reason: 'quota' })),
      close: () => Promise.resolve(void closed++),
    });
    const error = await failure(boot([StorageModule.forRoot({ name: 'docs', backend })]));
    expect(error).toMatchObject({ code: 'NO_SPACE', reason: 'quota', storage: 'docs' });
    expect(error.message).toBe(
      'StorageModule: storage "docs": its backend (fake) cannot be opened: The disk is full',
    );
    expect(closed).toBe(1);
  });

  it('asks the backend what an error of its library means', async () => {
    const backend = fakeBackend({
      open: () => Promise.reject(new Error('no driver')),
      errorCode: () => 'UNAVAILABLE',
    });
    const error = await failure(boot([StorageModule.forRoot({ backend })]));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain('cannot be opened: no driver');
  });

  it('names the root that cannot be used', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stowage-open-'));
    try {
      const root = join(folder, 'file');
      await writeFile(root, 'x');
      const error = await failure(boot([StorageModule.forRoot({ backend: new LocalBackend({ root }) })]));
      expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: 'root', storage: 'default' });
      expect(error.message).toContain(
        `The root ${root} cannot be used, ENOTDIR (mkdir): a file is in its place`,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
