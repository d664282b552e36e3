import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  FileTypeValidator,
  MaxFileSizeValidator,
  ParseFilePipe,
  ParseIntPipe,
  Post,
  Query,
  UseFilters,
  UseInterceptors,
  Body,
} from '@nestjs/common';
import {
  StorageExceptionFilter,
  type StoredFile,
  UploadedObject,
  UploadedObjects,
  UploadInterceptor,
  UploadsInterceptor,
} from '../../src/http/index.js';
import { boot, form, type Harness, keysOf, storages } from './harness.js';
import { forEachPlace } from './support/places.js';

const options = { storage: 'documents' };

@Controller()
@UseFilters(StorageExceptionFilter)
class UploadsController {
  @Post('one')
  @UseInterceptors(UploadInterceptor('avatar', options))
  one(@UploadedObject() file: StoredFile, @Body() body: object): unknown {
    return { file, body };
  }

  @Post('many')
  @UseInterceptors(UploadsInterceptor('photos', { ...options, maxFiles: 2 }))
  many(@UploadedObjects() files: StoredFile[]): string[] {
    return files.map(({ name }) => name);
  }

  @Post('named')
  @UseInterceptors(UploadsInterceptor([{ name: 'a', maxCount: 1 }, { name: 'b' }], options))
  named(@UploadedObjects() files: Record<string, StoredFile[]>): unknown {
    return Object.fromEntries(
      Object.entries(files).map(([field, all]) => [field, all.map(({ name }) => name)]),
    );
  }

  @Post('small')
  @UseInterceptors(UploadInterceptor('avatar', options))
  small(
    @UploadedObject(new ParseFilePipe({ validators: [new MaxFileSizeValidator({ maxSize: 3 })] }))
    { key }: StoredFile,
  ): string {
    return key;
  }

  @Post('typed')
  @UseInterceptors(UploadInterceptor('avatar', options))
  typed(
    @UploadedObject(new ParseFilePipe({ validators: [new FileTypeValidator({ fileType: 'text/plain' })] }))
    { key }: StoredFile,
  ): string {
    return key;
  }

  @Post('declared')
  @UseInterceptors(UploadInterceptor('avatar', options))
  declared(
    @UploadedObject(
      new ParseFilePipe({
        validators: [new FileTypeValidator({ fileType: 'text/plain', skipMagicNumbersValidation: true })],
      }),
    )
    { key }: StoredFile,
  ): string {
    return key;
  }

  @Post('other-pipe')
  @UseInterceptors(UploadsInterceptor('photos', options))
  otherPipe(@UploadedObjects() files: StoredFile[], @Query('id', ParseIntPipe) id: number): unknown {
    return [files.length, id];
  }

  @Post('keeps')
  @UseInterceptors(UploadInterceptor('avatar', options))
  keeps(): never {
    throw new Error('the database is down');
  }

  @Post('removes')
  @UseInterceptors(UploadInterceptor('avatar', { ...options, removeOnError: true }))
  async removes(): Promise<never> {
    return Promise.reject(new Error('the database is down'));
  }

  @Post('optional')
  @UseInterceptors(UploadInterceptor('avatar', { ...options, required: false }))
  optional(@UploadedObject() file: StoredFile | undefined): string {
    return file ? file.name : 'none';
  }

  @Post('scoped')
  @UseInterceptors(
    UploadInterceptor('avatar', {
      ...options,
      scope: ({ headers }) => headers['x-user'] as string | undefined,
    }),
  )
  scoped(@UploadedObject() { key }: StoredFile): string {
    return key;
  }

  @Post('fields')
  @UseInterceptors(UploadInterceptor('avatar', { ...options, form: { fields: 1, fieldSize: 5 } }))
  fields(@Body() body: object): object {
    return body;
  }
}

let server: Harness;
const post = (path: string, body: FormData, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}/${path}`, { method: 'POST', body, headers });
const avatar = (content = 'hello'): FormData => form(['avatar', content, 'Ü.txt']);

forEachPlace(({ open }) => {
  const start = async (): Promise<void> => {
    const { backend, destroy } = await open();
    server = await boot([storages({ documents: backend })], { controllers: [UploadsController], destroy });
  };
  afterEach(() => server.close());

  describe('UploadInterceptor', () => {
    it('gives the handler what is stored, and the other fields', async () => {
      await start();
      const data = avatar();
      data.append('title', 'x');
      const { file, body } = (await (await post('one', data)).json()) as { file: StoredFile; body: object };
      expect(body).toEqual({ title: 'x' });
      expect(file).toMatchObject({
        storage: 'documents',
        size: 5,
        contentType: 'text/plain',
        mimetype: 'text/plain',
        name: 'Ü.txt',
        originalname: 'Ü.txt',
        fieldname: 'avatar',
        checksum: { algorithm: 'crc32' },
      });
      expect(file).not.toHaveProperty('buffer');
      expect(await server.storage.text(file.key)).toBe('hello');
    });

    it('removes what a pipe of the file refuses', async () => {
      await start();
      expect((await post('small', avatar('hello'))).status).toBe(400);
      expect(await keysOf(server.storage)).toEqual([]);
      expect((await post('small', avatar('ok'))).status).toBe(201);
    });

    it('removes what a pipe of another parameter refuses', async () => {
      await start();
      const data = form(['photos', 'a', 'a.txt'], ['photos', 'b', 'b.txt']);
      expect((await post('other-pipe?id=x', data)).status).toBe(400);
      expect(await keysOf(server.storage)).toEqual([]);
      expect(await (await post('other-pipe?id=7', data)).json()).toEqual([2, 7]);
    });

    it('works with a FileTypeValidator of declared types; one of content says that it has no buffer', async () => {
      await start();
      expect((await post('declared', avatar())).status).toBe(201);
      const refused = await post('typed', avatar());
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
        detail: expect.stringContaining('buffer is not available') as unknown,
      });
      expect(await keysOf(server.storage)).toHaveLength(1);
    });

    it('keeps the file when the handler fails, unless told otherwise', async () => {
      await start();
      expect((await post('removes', avatar())).status).toBe(500);
      expect(await keysOf(server.storage)).toEqual([]);
      expect((await post('keeps', avatar())).status).toBe(500);
      expect(await keysOf(server.storage)).toHaveLength(1);
    });

    it('needs a file, unless told otherwise', async () => {
      await start();
      expect((await post('one', form())).status).toBe(400);
      expect(await (await post('optional', form())).text()).toBe('none');
    });

    it('takes one file only', async () => {
      await start();
      expect((await post('one', form(['avatar', 'a', 'a.txt'], ['avatar', 'b', 'b.txt']))).status).toBe(400);
      expect(await keysOf(server.storage)).toEqual([]);
    });

    it('stores in a scope, and refuses a request that has none', async () => {
      await start();
      const key = await (await post('scoped', avatar(), { 'X-User': 'alice' })).text();
      expect(await keysOf(server.storage)).toEqual([`alice/${key}`]);
      expect((await post('scoped', avatar())).status).toBe(403);
      expect(await keysOf(server.storage)).toHaveLength(1);
    });

    it('limits the fields of the form', async () => {
      await start();
      const data = avatar();
      data.append('a', '12345');
      expect(await (await post('fields', data)).json()).toEqual({ a: '12345' });
      data.append('b', '1');
      expect((await post('fields', data)).status).toBe(400);
      const long = avatar();
      long.append('a', '123456');
      expect((await post('fields', long)).status).toBe(400);
      expect(await keysOf(server.storage)).toHaveLength(1);
    });
  });

  describe('UploadsInterceptor', () => {
    it('takes the files of one field', async () => {
      await start();
      const two = [
        ['photos', 'a', 'a.txt'],
        ['photos', 'b', 'b.txt'],
      ] as const;
      expect(await (await post('many', form(...two))).json()).toEqual(['a.txt', 'b.txt']);
      expect((await post('many', form(...two, ['photos', 'c', 'c.txt']))).status).toBe(400);
      expect(await keysOf(server.storage)).toHaveLength(2);
    });

    it('takes the files of named fields', async () => {
      await start();
      const data = form(['a', '1', '1.txt'], ['b', '2', '2.txt'], ['b', '3', '3.txt']);
      expect(await (await post('named', data)).json()).toEqual({ a: ['1.txt'], b: ['2.txt', '3.txt'] });
      data.append('a', new Blob(['4']), '4.txt');
      expect((await post('named', data)).status).toBe(400);
      expect(await keysOf(server.storage)).toHaveLength(3);
    });
  });
});
