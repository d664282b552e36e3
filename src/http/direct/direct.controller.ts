import {
  Controller,
  Header,
  HttpCode,
  Inject,
  Post,
  Req,
  UseFilters,
  UseGuards,
  type Type,
} from '@nestjs/common';
import { Operation } from '../access/operation.decorator.js';
import { StorageAccessGuard } from '../access/storage-access.guard.js';
import { accessOf } from '../access/storage-access.js';
import { StorageExceptionFilter } from '../errors/storage-exception.filter.js';
import type { HttpRequest } from '../message/http-request.js';
import { objectUrl } from '../message/object-url.js';
import { ServedStorages } from '../served-storages.js';
import type { StorageHttpExtras } from '../storage-http.options.js';
import { uploadedFile, type UploadedFileAnswer } from '../upload/uploaded-file.js';
import { beginDirect, type DirectUpload } from './begin-direct.js';
import { confirmDirect } from './confirm-direct.js';
import { confirmRequest } from './confirm-request.js';
import { directRequest } from './direct-request.js';

/** The controller of uploads that go past this server: a class of its own for each import, because path and guards are its metadata. */
export function createDirectController(guards: NonNullable<StorageHttpExtras['guards']>): Type {
  @Controller()
  @UseFilters(StorageExceptionFilter)
  @UseGuards(...guards, StorageAccessGuard)
  class StorageDirectController {
    constructor(@Inject(ServedStorages) private readonly storages: ServedStorages) {}

    @Post(':storage/direct')
    @Operation('direct', directRequest)
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async begin(@Req() request: HttpRequest): Promise<DirectUpload> {
      return beginDirect(request, accessOf(request), this.storages);
    }

    @Post(':storage/direct/confirm')
    @Operation('direct', confirmRequest)
    @HttpCode(201)
    async confirm(@Req() request: HttpRequest): Promise<UploadedFileAnswer> {
      const access = accessOf(request);
      const file = await confirmDirect(request, access, this.storages);
      const { baseUrl } = this.storages.options;
      return uploadedFile(file, objectUrl(request, access.served.name, file.key, baseUrl, 'direct/confirm'));
    }
  }
  return StorageDirectController;
}
