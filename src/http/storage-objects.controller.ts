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
import type { SignedUrl } from '../core/signed-url.js';
import { deleteObject } from './delete-object.js';
import type { HttpRequest } from './message/http-request.js';
import { rawQuery } from './message/http-request.js';
import type { HttpResponse } from './message/http-response.js';
import { listQuery } from './message/list-query.js';
import { objectUrl } from './message/object-url.js';
import { Operation } from './access/operation.decorator.js';
import { presignRequest } from './signed/presign-request.js';
import { presignObject } from './signed/presign-object.js';
import { serveObject } from './download/serve-object.js';
import { ServedStorages } from './served-storages.js';
import { ServedUploadInterceptor } from './served-upload.interceptor.js';
import { accessOf } from './access/storage-access.js';
import { StorageAccessGuard } from './access/storage-access.guard.js';
import { StorageExceptionFilter } from './errors/storage-exception.filter.js';
import type { StorageHttpExtras } from './storage-http.options.js';
import type { StoredFile } from './upload/stored-file.js';
import { visiblePage } from './visible-page.js';
import { uploadedFile, type UploadedFileAnswer } from './upload/uploaded-file.js';

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
      const { storage, hides } = accessOf(request);
      const { objects, prefixes, cursor } = await visiblePage(storage, listQuery(request), hides);
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

    @Post(':storage/presign')
    @Operation('presign', async (request) => {
      const presign = await presignRequest(request);
      return { presign, key: presign.key };
    })
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async presign(@Req() request: HttpRequest): Promise<SignedUrl> {
      return presignObject(request, accessOf(request), this.storages.options.presign);
    }

    /** HEAD too: every adapter sends it here. */
    @Operation('get')
    async get(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      const { storage, key, served } = accessOf(request);
      const { redirect, stallTimeoutMs } = served.options;
      const download = rawQuery(request).get('download') === '1';
      await serveObject(request, response, storage, key, { download, redirect, stallTimeoutMs });
    }

    @HttpCode(204)
    @Operation('delete')
    async delete(@Req() request: HttpRequest): Promise<void> {
      const { storage, key } = accessOf(request);
      await deleteObject(request, storage, key);
    }
  }
  return StorageObjectsController;
}
