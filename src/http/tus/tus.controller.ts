import {
  Controller,
  Delete,
  Head,
  Inject,
  NotFoundException,
  Options,
  Patch,
  Post,
  Req,
  Res,
  UseFilters,
  UseGuards,
  type Type,
} from '@nestjs/common';
import { Operation } from '../access/operation.decorator.js';
import { accessOf } from '../access/storage-access.js';
import { StorageAccessGuard } from '../access/storage-access.guard.js';
import { StorageExceptionFilter } from '../errors/storage-exception.filter.js';
import type { HttpRequest } from '../message/http-request.js';
import { rawResponse, type HttpResponse } from '../message/http-response.js';
import { ServedStorages } from '../served-storages.js';
import type { StorageHttpExtras } from '../storage-http.options.js';

/** The controller of tus uploads: a class of its own for each import, as the other ones. */
export function createTusController(guards: NonNullable<StorageHttpExtras['guards']>): Type {
  @Controller()
  @UseFilters(StorageExceptionFilter)
  class StorageTusController {
    constructor(@Inject(ServedStorages) private readonly storages: ServedStorages) {}

    /** Not authorized, as a preflight request is not: it tells what the server can do. */
    @Options(':storage/tus')
    async discover(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      const { storage: name } = request.params as { readonly storage: string };
      const served = this.storages.get(name);
      if (!served?.options.operations.includes('tus')) throw new NotFoundException('There is nothing here');
      await this.storages.tus.handle({ request, response: rawResponse(response), served });
    }

    @Post(':storage/tus')
    @Operation('tus')
    @UseGuards(...guards, StorageAccessGuard)
    async create(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      await this.handle(request, response);
    }

    @Head(':storage/tus/:id')
    @Operation('tus')
    @UseGuards(...guards, StorageAccessGuard)
    async look(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      await this.handle(request, response);
    }

    @Patch(':storage/tus/:id')
    @Operation('tus')
    @UseGuards(...guards, StorageAccessGuard)
    async append(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      await this.handle(request, response);
    }

    @Delete(':storage/tus/:id')
    @Operation('tus')
    @UseGuards(...guards, StorageAccessGuard)
    async terminate(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      await this.handle(request, response);
    }

    /** For clients that have no other methods: `X-HTTP-Method-Override` says which one is meant. */
    @Post(':storage/tus/:id')
    @Operation('tus')
    @UseGuards(...guards, StorageAccessGuard)
    async override(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      await this.handle(request, response);
    }

    private handle(request: HttpRequest, response: HttpResponse): Promise<void> {
      const { id } = request.params as { readonly id?: string };
      const { options, tus } = this.storages;
      const access = accessOf(request);
      const { served } = access;
      const { baseUrl, owner } = options;
      return tus.handle({ request, response: rawResponse(response), served, access, id, owner, baseUrl });
    }
  }
  return StorageTusController;
}
