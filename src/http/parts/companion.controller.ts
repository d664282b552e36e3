import {
  Controller,
  Get,
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
import { accessOf, type StorageAccess } from '../access/storage-access.js';
import { StorageExceptionFilter } from '../errors/storage-exception.filter.js';
import type { HttpRequest } from '../message/http-request.js';
import { objectUrl } from '../message/object-url.js';
import { ServedStorages } from '../served-storages.js';
import type { StorageHttpExtras } from '../storage-http.options.js';
import { beginParts } from './begin-parts.js';
import {
  abortRequest,
  completeRequest,
  multipartRequest,
  paramsRequest,
  readRequest,
} from './companion-request.js';
import { completeParts } from './complete-parts.js';
import { openStep } from './open-step.js';
import type { PartsStep } from './parts-request.js';
import { abortParts, storedParts } from './parts-upload.js';
import { sign } from './sign.js';
import { wholeForm, type CompanionForm } from './whole-form.js';

/** A part as Companion lists it. */
export interface CompanionPart {
  readonly PartNumber: number;
  readonly Size: number;
  readonly ETag: string;
}

/**
 * The routes of Companion that `@uppy/aws-s3` uses with `companionEndpoint`, for pages whose users are known by a cookie: it sends no
 * header of its own. Those below an upload have no route yet: how a wildcard is written depends on the adapter.
 */
export function createCompanionController(
  guards: NonNullable<StorageHttpExtras['guards']>,
): Type<{ read: unknown; complete: unknown; abort: unknown }> {
  @Controller()
  @UseFilters(StorageExceptionFilter)
  @UseGuards(...guards, StorageAccessGuard)
  class StorageCompanionController {
    constructor(@Inject(ServedStorages) private readonly storages: ServedStorages) {}

    /** A whole file, in a form. It is to be confirmed by the key of the form, which is all that Uppy keeps of it. */
    @Get(':storage/direct/s3/params')
    @Operation('direct', paramsRequest)
    @Header('Cache-Control', 'no-store')
    async params(@Req() request: HttpRequest): Promise<CompanionForm> {
      const access = accessOf(request);
      const { parts } = access.asked;
      if (parts?.action !== 'put') throw new Error('The request asks for no form');
      return wholeForm(request, access, parts.file, this.storages);
    }

    @Post(':storage/direct/s3/multipart')
    @Operation('direct', multipartRequest)
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async create(@Req() request: HttpRequest): Promise<{ readonly key: string; readonly uploadId: string }> {
      const access = accessOf(request);
      const { parts } = access.asked;
      if (parts?.action !== 'create') throw new Error('The request begins no upload');
      const { ticket, sealed } = await beginParts(request, access, parts.file, this.storages);
      return { key: sealed, uploadId: ticket.uploadId };
    }

    /** The parts that there are, or the URL for one. */
    @Operation('direct', readRequest)
    @Header('Cache-Control', 'no-store')
    async read(@Req() request: HttpRequest): Promise<readonly CompanionPart[] | object> {
      const access = accessOf(request);
      const step = stepOf(access);
      if (step.action === 'part') return sign(request, access, this.storages);
      const parts = await storedParts(openStep(request, access, step, this.storages));
      return parts.map(({ number, size, etag }) => ({ PartNumber: number, Size: size, ETag: etag }));
    }

    @Operation('direct', completeRequest)
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async complete(@Req() request: HttpRequest): Promise<object> {
      const access = accessOf(request);
      const step = stepOf(access);
      const upload = openStep(request, access, step, this.storages);
      const { key } = await completeParts(upload, step.named ?? [], this.storages.tickets);
      const { baseUrl } = this.storages.options;
      const { name } = access.served;
      return {
        location: objectUrl(request, name, key, baseUrl, 'direct/s3/multipart/.*'),
        key,
        bucket: name,
      };
    }

    @Operation('direct', abortRequest)
    @HttpCode(200)
    async abort(@Req() request: HttpRequest): Promise<object> {
      const access = accessOf(request);
      await abortParts(openStep(request, access, stepOf(access), this.storages));
      return {};
    }
  }
  return StorageCompanionController;
}

function stepOf({ asked: { parts } }: StorageAccess): PartsStep {
  if (!parts || !('sealed' in parts)) throw new Error('The request names no upload');
  return parts;
}
