import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Module,
  ParseFilePipe,
  MaxFileSizeValidator,
  Post,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import { FileInterceptor, MulterModule } from '@nestjs/platform-express';
import { storageMulterOptions, type StoredFile } from '../../src/http/index.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { getStorageToken } from '../../src/storage/storage.tokens.js';
import { thrown } from '../support/errors.js';
import { boot, form, type Harness, keysOf, storages } from './harness.js';
import { forEachPlaceOnExpress } from './support/places.js';

@Controller()
class UploadsController {
  @Post('plain')
  @UseInterceptors(FileInterceptor('file'))
  plain(@UploadedFile() file: StoredFile): unknown {
    return file;
  }

  @Post('small')
  @UseInterceptors(FileInterceptor('file'))
  small(
    @UploadedFile(new ParseFilePipe({ validators: [new MaxFileSizeValidator({ maxSize: 3 })] }))
    file: StoredFile,
  ): string {
    return file.key;
  }
}

@Module({
  imports: [
    MulterModule.registerAsync({
      inject: [getStorageToken('documents')],
      useFactory: (storage: StorageService) =>
        storageMulterOptions(storage, { maxSize: 5, types: ['text/plain'] }),
    }),
  ],
  controllers: [UploadsController],
})
class UploadsModule {}

forEachPlaceOnExpress(({ open }) => {
  describe('storageMulterOptions', () => {
    let server: Harness;
    afterEach(() => server.close());
    const start = async () => {
      const { backend, destroy } = await open();
      server = await boot([storages({ documents: backend }), UploadsModule], { destroy });
    };
    const post = (path: string, name: string, text: string, type = 'text/plain') =>
      fetch(`${server.url}/${path}`, {
        method: 'POST',
        body: form(['file', text, name, type]),
      });
    /** Nest takes files back after its answer, where it refuses them by a pipe. */
    const isEmpty = async () => {
      for (let i = 0; i < 100 && (await keysOf(server.storage)).length > 0; i++)
        await new Promise((done) => setTimeout(done, 20));
      return (await keysOf(server.storage)).length === 0;
    };

    it("streams the files of Nest's own interceptor into a storage", async () => {
      await start();
      const response = await post('plain', 'ü.txt', '12345');
      expect(response.status).toBe(201);
      const file = (await response.json()) as StoredFile;
      expect(file).toMatchObject({ name: 'ü.txt', size: 5, contentType: 'text/plain', storage: 'documents' });
      expect(await server.storage.text(file.key)).toBe('12345');
    });

    it('stores nothing of what its rules or a pipe refuse', async () => {
      await start();
      expect((await post('plain', 'a.txt', '123456')).status).toBe(413);
      expect((await post('plain', 'a.html', '1', 'text/html')).ok).toBe(false);
      expect((await post('small', 'a.txt', '1234')).status).toBe(400);
      expect(await isEmpty()).toBe(true);
    });

    it('refuses rules that are none', async () => {
      await start();
      const error = thrown(() => storageMulterOptions(server.storage, { maxSize: -1 }));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    });
  });
});
