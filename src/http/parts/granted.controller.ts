import {
  Controller,
  Delete,
  Get,
  Inject,
  NotFoundException,
  Post,
  Put,
  Req,
  Res,
  UseFilters,
  type Type,
} from '@nestjs/common';
import { entityTag } from '../download/entity-tag.js';
import { rawQuery, type HttpRequest } from '../message/http-request.js';
import { nodeResponse, rawResponse, type HttpResponse } from '../message/http-response.js';
import { objectUrl } from '../message/object-url.js';
import { readBody } from '../message/read-body.js';
import { ServedStorages, type ServedStorage } from '../served-storages.js';
import { refusal } from '../errors/refuse.js';
import { readCompletion } from './completion-document.js';
import { completeParts } from './complete-parts.js';
import type { Grant, GrantedAction, PartsGrant } from './grants.js';
import { MAX_COMPLETION } from './max-completion.js';
import { abortParts, storedParts, type PartsUpload } from './parts-upload.js';
import { receiveFormFile } from './receive-form-file.js';
import { receivePart } from './receive-part.js';
import { s3Document, type Content } from './s3-document.js';
import { S3ExceptionFilter } from './s3-exception.filter.js';

/**
 * The requests of an upload in parts that come to this server, and whole files in forms, by URLs that were given out for them: no
 * guard is asked again, because scripts in browsers send them without a token. They are answered as S3 answers them.
 */
export function createGrantedController(): Type {
  @Controller()
  @UseFilters(S3ExceptionFilter)
  class StorageGrantedController {
    constructor(@Inject(ServedStorages) private readonly storages: ServedStorages) {}

    /** Says which upload was begun, completes it, or stores the file of a form. */
    @Post(':storage/direct/granted')
    async post(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      const opened = this.opened(request);
      if (opened.grant.action === 'form') {
        const { etag } = await receiveFormFile(request, nodeResponse(response), opened.served, opened.grant);
        rawResponse(response)
          .writeHead(204, { ETag: entityTag(etag) })
          .end();
        return;
      }
      const { grant, upload } = this.granted(request, ['create', 'complete'], opened);
      const { key, uploadId } = grant.ticket;
      const { name } = upload.served;
      if (grant.action === 'create')
        return answer(response, 'InitiateMultipartUploadResult', [
          ['Bucket', name],
          ['Key', key],
          ['UploadId', uploadId],
        ]);
      const text = (await readBody(request, MAX_COMPLETION)).toString();
      const file = await completeParts(upload, readCompletion(text), this.storages.tickets);
      const { baseUrl } = this.storages.options;
      return answer(response, 'CompleteMultipartUploadResult', [
        ['Location', objectUrl(request, name, file.key, baseUrl, 'direct/granted')],
        ['Bucket', name],
        ['Key', file.key],
        ['ETag', entityTag(file.etag)],
      ]);
    }

    @Put(':storage/direct/granted')
    async put(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      const { grant, upload } = this.granted(request, ['part']);
      const { etag } = await receivePart(upload, { number: grant.number ?? 0, size: grant.size });
      rawResponse(response)
        .writeHead(200, { ETag: entityTag(etag), 'Content-Length': 0 })
        .end();
    }

    @Get(':storage/direct/granted')
    async list(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      const { grant, upload } = this.granted(request, ['list']);
      const parts = await storedParts(upload);
      const { key, uploadId } = grant.ticket;
      return answer(response, 'ListPartsResult', [
        ['Bucket', upload.served.name],
        ['Key', key],
        ['UploadId', uploadId],
        ['IsTruncated', 'false'],
        ...parts.map(({ number, etag, size }): Content[number] & [string, Content] => [
          'Part',
          [
            ['PartNumber', String(number)],
            ['ETag', entityTag(etag)],
            ['Size', String(size)],
          ],
        ]),
      ]);
    }

    @Delete(':storage/direct/granted')
    async abort(@Req() request: HttpRequest, @Res() response: HttpResponse): Promise<void> {
      const { upload } = this.granted(request, ['abort']);
      await abortParts(upload);
      rawResponse(response).writeHead(204).end();
    }

    private opened(request: HttpRequest): { readonly served: ServedStorage; readonly grant: Grant } {
      const { storage: name } = request.params as { readonly storage: string };
      const served = this.storages.get(name);
      if (!served?.options.operations.includes('direct'))
        throw new NotFoundException('There is nothing here');
      return { served, grant: this.storages.grants.open(rawQuery(request).get('grant'), name) };
    }

    private granted(
      request: HttpRequest,
      actions: readonly GrantedAction[],
      { served, grant } = this.opened(request),
    ): { readonly grant: PartsGrant; readonly upload: PartsUpload } {
      if (grant.action === 'form' || !actions.includes(grant.action))
        throw refusal('PERMISSION_DENIED', 'The URL is not signed for this request', 'signature');
      const { scope, principal, ticket } = grant;
      const storage = scope === '' ? served.storage : served.storage.scoped(scope);
      return { grant, upload: { served, storage, scope, principal, ticket, request } };
    }
  }
  return StorageGrantedController;
}

function answer(response: HttpResponse, name: string, content: Content): void {
  const body = s3Document(name, content);
  const headers = {
    'Content-Type': 'application/xml',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  rawResponse(response).writeHead(200, headers).end(body);
}
