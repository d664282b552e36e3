import { Controller, HttpCode, Inject, Req, Res, UseFilters, type Type } from '@nestjs/common';
import { deleteObject } from '../delete-object.js';
import type { HttpRequest } from '../message/http-request.js';
import { rawResponse, type HttpResponse } from '../message/http-response.js';
import { receiveSigned } from './receive-signed.js';
import { entityTag } from '../download/entity-tag.js';
import { serveObject } from '../download/serve-object.js';
import { ServedStorages } from '../served-storages.js';
import { signedAccess } from './signed-access.js';
import { StorageExceptionFilter } from '../errors/storage-exception.filter.js';

/**
 * The controller of signed URLs: a class of its own for each import, because its path is its metadata. It has no guards,
 * because who calls is not asked, and no routes yet, as the other one.
 */
export function createSignedController(): Type<{ get: unknown; put: unknown; delete: unknown }> {
  @Controller()
  @UseFilters(StorageExceptionFilter)
  class StorageSignedController {
    constructor(@Inject(ServedStorages) private readonly storages: ServedStorages) {}

    /** HEAD too: every adapter sends it here. */
    async get(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      const { served, grant } = await signedAccess(request, this.storages);
      const { cacheControl, ...replace } = grant.response;
      const { stallTimeoutMs } = served.options;
      const options = { cacheControl, replace, stallTimeoutMs };
      await serveObject(request, response, served.storage, grant.key, options);
    }

    async put(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      const { served, grant } = await signedAccess(request, this.storages);
      const raw = rawResponse(response);
      const { etag } = await receiveSigned(request, raw, served, grant);
      // As S3 answers a PUT, because the same client may be sent to either.
      raw.writeHead(200, { ETag: entityTag(etag), 'Content-Length': 0 }).end();
    }

    @HttpCode(204)
    async delete(@Req() request: HttpRequest): Promise<void> {
      const { served, grant } = await signedAccess(request, this.storages);
      await deleteObject(request, served.storage, grant.key);
    }
  }
  return StorageSignedController;
}
