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
import { ServedStorages } from '../served-storages.js';
import type { StorageHttpExtras } from '../storage-http.options.js';
import { signRequest } from './sign-request.js';
import { sign, type SignedRequestAnswer } from './sign.js';

/** The controller that signs what `@uppy/aws-s3` asks for by `signRequest`: of each import its own, as the others. */
export function createPartsController(guards: NonNullable<StorageHttpExtras['guards']>): Type {
  @Controller()
  @UseFilters(StorageExceptionFilter)
  @UseGuards(...guards, StorageAccessGuard)
  class StoragePartsController {
    constructor(@Inject(ServedStorages) private readonly storages: ServedStorages) {}

    @Post(':storage/direct/sign')
    @Operation('direct', signRequest)
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async sign(@Req() request: HttpRequest): Promise<SignedRequestAnswer> {
      return sign(request, accessOf(request), this.storages);
    }
  }
  return StoragePartsController;
}
