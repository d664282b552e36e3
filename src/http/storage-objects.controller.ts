import {
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  Post,
  Req,
  Res,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type Type,
} from '@nestjs/common';
import { StorageError } from '../core/error.js';
import { evaluateConditions, isConditional } from './conditions.js';
import type { HttpRequest } from './http-request.js';
import { rawQuery } from './http-request.js';
import type { HttpResponse } from './http-response.js';
import { listQuery } from './list-query.js';
import { objectUrl } from './object-url.js';
import { Operation } from './operation.decorator.js';
import { serveObject } from './serve-object.js';
import { ServedStorages } from './served-storages.js';
import { ServedUploadInterceptor } from './served-upload.interceptor.js';
import { accessOf } from './storage-access.js';
import { StorageAccessGuard } from './storage-access.guard.js';
import { StorageExceptionFilter } from './storage-exception.filter.js';
import type { StorageHttpExtras } from './storage-http.options.js';
import type { StoredFile } from './stored-file.js';
import { uploadedFile, type UploadedFileAnswer } from './uploaded-file.js';

/** A page of a list, as the list route answers it. */
export interface ListAnswer {
  readonly objects: readonly {
    readonly key: string;
    readonly size: number;
    readonly lastModified: string;
    readonly etag: string;
  }[];
  readonly prefixes: readonly string[];
  readonly cursor?: string | undefined;
}

/**
 * The controller of all storages of one import: a class of its own, because its path and guards are
 * its metadata. `get` and `delete` have no route yet: how a wildcard is written depends on the adapter.
 */
export function createObjectsController(
  guards: NonNullable<StorageHttpExtras['guards']>,
): Type<{ get: unknown; delete: unknown }> {
  @Controller()
  @UseFilters(StorageExceptionFilter)
  @UseGuards(...guards, StorageAccessGuard)
  class StorageObjectsController {
    constructor(@Inject(ServedStorages) private readonly storages: ServedStorages) {}

    @Post(':storage/upload')
    @Operation('upload')
    @HttpCode(201)
    @UseInterceptors(ServedUploadInterceptor)
    upload(
      @Req() request: HttpRequest & { readonly files?: Readonly<Record<string, readonly StoredFile[]>> },
    ): UploadedFileAnswer | readonly UploadedFileAnswer[] {
      const { name } = accessOf(request).served;
      const { file: [single] = [], files = [] } = request.files ?? {};
      const answer = (file: StoredFile): UploadedFileAnswer =>
        uploadedFile(file, objectUrl(request, name, file.key, this.storages.options.baseUrl));
      if (single && files.length === 0) return answer(single);
      return [...(single ? [single] : []), ...files].map(answer);
    }

    @Get(':storage/objects')
    @Operation('list')
    @Header('Cache-Control', 'no-store')
    async list(@Req() request: HttpRequest): Promise<ListAnswer> {
      const { objects, prefixes, cursor } = await accessOf(request).storage.page(listQuery(request));
      return {
        objects: objects.map(({ key, size, lastModified, etag }) => ({
          key,
          size,
          lastModified: lastModified.toISOString(),
          etag,
        })),
        prefixes,
        ...(cursor !== undefined && { cursor }),
      };
    }

    /** HEAD too: every adapter sends it here. */
    @Operation('get')
    async get(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      const { storage, key } = accessOf(request);
      const download = rawQuery(request).get('download') === '1';
      await serveObject(request, response, storage, key, { download });
    }

    @HttpCode(204)
    @Operation('delete')
    async delete(@Req() request: HttpRequest): Promise<void> {
      const { storage, key } = accessOf(request);
      const { headers, method } = request;
      if (!isConditional(headers)) return storage.delete(key);
      const info = await storage.head(key);
      if (evaluateConditions(method, headers, info) !== 'proceed')
        throw new StorageError('PRECONDITION_FAILED', 'A condition of the request fails');
      await storage.delete(key, { ifMatch: info.etag });
    }
  }
  return StorageObjectsController;
}
