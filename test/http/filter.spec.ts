import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import {
  BadRequestException,
  Controller,
  Get,
  HttpException,
  Logger,
  InternalServerErrorException,
  Post,
  Res,
  UseFilters,
  Body,
  Param,
} from '@nestjs/common';
import { StorageError, type StorageErrorCode } from '../../src/core/error.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageExceptionFilter, type HttpResponse } from '../../src/http/index.js';
import { rawResponse } from '../../src/http/message/http-response.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { fakeBackend } from '../support/fake-backend.js';
import { boot, type Harness, storages } from './harness.js';
import { describeAdapters } from './support/adapters.js';

let next: unknown;

@Controller()
@UseFilters(StorageExceptionFilter)
class FailingController {
  @Get('fail')
  fail(): never {
    throw next;
  }

  @Get('begun')
  begun(@Res() response: HttpResponse): never {
    // Chunked: only the end of the connection can tell that the rest is missing.
    rawResponse(response).write('the beginning');
    throw next;
  }

  @Post('json')
  json(@Body() body: unknown): unknown {
    return body;
  }

  @Get('param/:id')
  param(@Param('id') id: string): string {
    return id;
  }
}

const EXPECTED: Readonly<Record<StorageErrorCode, number>> = {
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  CONFLICT: 409,
  PRECONDITION_FAILED: 412,
  NOT_MODIFIED: 304,
  RANGE_NOT_SATISFIABLE: 416,
  TOO_LARGE: 413,
  TYPE_REFUSED: 415,
  CONTENT_REFUSED: 422,
  INVALID_ARGUMENT: 400,
  PERMISSION_DENIED: 502,
  UNAUTHENTICATED: 502,
  BUCKET_NOT_FOUND: 502,
  THROTTLED: 503,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
  UNSUPPORTED: 501,
  NO_SPACE: 507,
  OUTCOME_UNKNOWN: 500,
  INTEGRITY: 500,
  UNKNOWN: 500,
  ABORTED: 400,
};

describeAdapters('StorageExceptionFilter', () => {
  let server: Harness;
  beforeAll(async () => {
    server = await boot([storages({ documents: new MemoryBackend() })], { controllers: [FailingController] });
  });
  afterAll(() => server.close());

  it.each(Object.entries(EXPECTED) as [StorageErrorCode, number][])(
    'answers %s with %d and tells nothing',
    async (code, status) => {
      next = new StorageError(code, 'documents: cannot get "alice/x" in /srv/data with AKIA123', {
        key: 'alice/x',
        operation: 'get',
        cause: new Error('AKIA123'),
      });
      const response = await fetch(`${server.url}/fail`);
      const text = await response.text();
      expect(response.status).toBe(status);
      expect(text).not.toMatch(/alice|srv|AKIA/);
      expect(response.headers.get('retry-after')).toBe(status === 503 ? '2' : null);
      if (status === 304) return expect(text).toBe('');
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      const problem = JSON.parse(text) as Record<string, unknown>;
      expect(problem).toMatchObject({ type: 'about:blank', status, code });
      expect(Object.keys(problem)).toEqual(['type', 'title', 'status', 'detail', 'code']);
    },
  );

  it.each<[StorageErrorCode, string, boolean]>([
    ['UNSUPPORTED', 'warn', false],
    ['UNAVAILABLE', 'error', true],
  ])('logs %s as %s, with a stack: %p', async (code, level, hasStack) => {
    const lines: unknown[][] = [];
    const log =
      (name: string) =>
      (...words: unknown[]): void =>
        void lines.push([name, ...words]);
    Logger.overrideLogger({ log: log('log'), warn: log('warn'), error: log('error') });
    next = new StorageError(code, 'no forms here');
    await fetch(`${server.url}/fail`);
    Logger.overrideLogger(false);
    expect(lines.map(([name, text]) => [name, text])).toEqual([[level, 'GET: no forms here']]);
    expect(lines.join().includes('filter.spec')).toBe(hasStack);
  });

  it('tells the log, and not the client, where the storage is', async () => {
    const lines: string[] = [];
    const error = (text: string): void => void lines.push(text);
    Logger.overrideLogger({ log: error, warn: error, error });
    const failing = fakeBackend({
      kind: 's3',
      place: 'bucket "files" at https://s3.test',
      head: () => Promise.reject(new StorageError('PERMISSION_DENIED', '403 AccessDenied')),
    });
    const storage = new StorageService('documents', failing);
    next = await storage.head('a').catch((reason: unknown) => reason);
    const scoped = await storage
      .scoped('users/ann')
      .head('a')
      .catch((reason: unknown) => reason);
    const answer = await fetch(`${server.url}/fail`);
    next = scoped;
    const text = (await answer.text()) + (await (await fetch(`${server.url}/fail`)).text());
    Logger.overrideLogger(false);
    expect(answer.status).toBe(502);
    expect(text).not.toMatch(/s3|files/);
    expect(lines).toEqual([
      'GET: documents: cannot head "a": 403 AccessDenied [s3 bucket "files" at https://s3.test]',
      'GET: documents: cannot head "a": 403 AccessDenied [s3 bucket "files" at https://s3.test, below "users/ann/"]',
    ]);
  });

  it.each([
    [new StorageError('ABORTED', 'x', { reason: 'shutdown' }), []],
    [
      new StorageError('UNAVAILABLE', 'The storage is closed', { reason: 'closed' }),
      ['GET: The storage is closed'],
    ],
  ])('says that the server shuts down, and logs a line at most: %s', async (error, lines) => {
    const logged = jest.spyOn(Logger.prototype, 'error');
    const warned = jest.spyOn(Logger.prototype, 'warn');
    next = error;
    const response = await fetch(`${server.url}/fail`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect([logged.mock.calls, warned.mock.calls.flat()]).toEqual([[], lines]);
    jest.restoreAllMocks();
  });

  it('gives the size of the object with 416', async () => {
    next = new StorageError('RANGE_NOT_SATISFIABLE', 'x', { reason: 'size=10' });
    expect((await fetch(`${server.url}/fail`)).headers.get('content-range')).toBe('bytes */10');
  });

  it.each<[unknown, number, string, string]>([
    // What an application written in JavaScript may throw.
    [new HttpException(null as unknown as string, 403), 403, 'FORBIDDEN', 'Http Exception'],
    [new BadRequestException([Object.create(null), 'a']), 400, 'BAD_REQUEST', 'a'],
    [new BadRequestException('No name'), 400, 'BAD_REQUEST', 'No name'],
    [new BadRequestException(['a is wrong', 'b is wrong']), 400, 'BAD_REQUEST', 'a is wrong; b is wrong'],
    [new InternalServerErrorException('/etc/secret'), 500, 'INTERNAL_SERVER_ERROR', 'Something went wrong'],
    [new Error('/etc/secret'), 500, 'UNKNOWN', 'Something went wrong'],
    [
      new StorageError('INVALID_ARGUMENT', '/etc/secret', { reason: 'config' }),
      500,
      'UNKNOWN',
      'Something went wrong',
    ],
    ['a string', 500, 'UNKNOWN', 'Something went wrong'],
    [undefined, 500, 'UNKNOWN', 'Something went wrong'],
    [
      Object.assign(new Error('request entity too large'), { status: 413, expose: true }),
      413,
      'PAYLOAD_TOO_LARGE',
      'request entity too large',
    ],
    [Object.assign(new Error('/etc'), { status: 418, expose: false }), 418, 'I_M_A_TEAPOT', "I'm a Teapot"],
  ])('answers %p', async (error, status, code, detail) => {
    next = error;
    expect(await (await fetch(`${server.url}/fail`)).json()).toMatchObject({ status, code, detail });
  });

  it('logs the limit of a storage, and tells the client that it is none of the server', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    try {
      next = new StorageError('TOO_LARGE', 'documents: cannot put "alice/x": at most 8388608 bytes', {
        reason: 'size',
        operation: 'put',
      });
      expect(await (await fetch(`${server.url}/fail`)).json()).toMatchObject({
        status: 413,
        detail: 'The content is larger than the storage behind this server takes',
      });
      expect(warn.mock.calls).toEqual([['documents: cannot put "alice/x": at most 8388608 bytes']]);
      next = new StorageError('TOO_LARGE', 'x');
      expect(await (await fetch(`${server.url}/fail`)).json()).toMatchObject({
        detail: 'The content is too large',
      });
      expect(warn).toHaveBeenCalledTimes(1);
    } finally {
      warn.mockRestore();
    }
  });

  it('destroys the connection when the answer has begun', async () => {
    next = new StorageError('UNKNOWN', 'x');
    await expect(fetch(`${server.url}/begun`).then((response) => response.text())).rejects.toThrow();
  });

  it('leaves what is not HTTP to others', () => {
    const host = { getType: () => 'rpc' } as never;
    const error = new Error('x');
    expect(() => new StorageExceptionFilter().catch(error, host)).toThrow(error);
  });
});
