import {
  BadRequestException,
  Inject,
  Injectable,
  Logger,
  NotFoundException,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Server } from '@tus/server';
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { MultipartUploads } from '../core/multipart-uploads.js';
import { StorageError } from '../core/error.js';
import { isClientGone, onClientGone } from '../http/download/client-gone.js';
import { rawPath, rawRequest, type HttpRequest } from '../http/message/http-request.js';
import { ownerOf } from '../http/pending/owner-of.js';
import { PendingArea } from '../http/pending/pending-area.js';
import { sentContentType } from '../http/signed/keep-body.js';
import type { TusExchange, TusHandling, TusStorage } from '../http/tus/tus-handling.js';
import { DEFAULT_MAX_SIZE } from '../http/upload/upload.options.js';
import { checkTusOptions } from './check-tus-options.js';
import { isAborted } from './is-aborted.js';
import { StorageLocker } from './lock/storage-locker.js';
import { OpenRequests, shuttingDown, type OpenRequest } from './open-requests.js';
import { sendAnswer } from './send-answer.js';
import { ServedAdmission } from './served-admission.js';
import { StorageTusStore, type TusOwner } from './storage-tus-store.js';
import { tusBody, type TusBody } from './tus-body.js';
import { DEFAULT_EXPIRES_AFTER_MS, type TusLocker, type TusOptions } from './tus.options.js';
import { TUS_OPTIONS } from './tus.tokens.js';
import { TusUploads } from './upload/tus-uploads.js';

/** Milliseconds that a request may go on with when another one of its upload has come: the client has lost its connection. */
const DRAIN_MS = 500;
const OVERRIDES = ['HEAD', 'PATCH', 'DELETE'];

/** A storage that is served. */
export interface TusRoom {
  readonly area: PendingArea;
  readonly uploads: TusUploads;
  readonly locker: TusLocker;
}

/** Answers tus requests by `@tus/server`, with a store for each. */
@Injectable()
export class TusServer implements TusHandling, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly rooms = new Map<TusStorage, TusRoom>();
  private readonly open = new OpenRequests();

  private readonly options: TusOptions;

  constructor(@Inject(TUS_OPTIONS) options: unknown) {
    this.options = checkTusOptions(options);
  }

  /** @throws StorageError UNSUPPORTED for a storage that takes no uploads in parts. */
  serve(served: TusStorage): void {
    const { expiresAfterMs = DEFAULT_EXPIRES_AFTER_MS, locker, leaseMs } = this.options;
    const { storage } = served;
    storage.as(MultipartUploads);
    const area = served.pending ?? new PendingArea();
    const root = area.keyOf('tus', '');
    this.rooms.set(served, {
      area,
      uploads: new TusUploads(storage, root, expiresAfterMs),
      locker: locker ?? new StorageLocker(storage, root, { leaseMs }),
    });
  }

  /** The uploads of all storages that are served. */
  all(): readonly TusRoom[] {
    return [...this.rooms.values()];
  }

  /** Which storages take uploads may come from a configuration: so it is no mistake for certain. */
  onApplicationBootstrap(): void {
    if (this.rooms.size === 0)
      new Logger('StorageTus').warn(
        'No storage that is served has the operation tus: every tus request is 404',
      );
  }

  /** So that what has come is stored before connections and storages are closed. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.open.close();
  }

  async handle(exchange: TusExchange): Promise<void> {
    await this.open.run(exchange.response, (open) => this.answer(exchange, open));
  }

  private async answer(exchange: TusExchange, open: OpenRequest): Promise<void> {
    const { request, response, served } = exchange;
    const room = this.rooms.get(served);
    if (!room) throw new Error(`The storage "${served.name}" was not announced`);
    const { maxSize = DEFAULT_MAX_SIZE } = served.options;
    const raw = rawRequest(request);
    assertMeant(exchange);
    if (raw.readableDidRead && raw.complete && hasContent(request))
      throw new Error('The body of a tus upload was read before it could be stored: by which middleware?');
    const body = tusBody(raw);
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    const release = onClientGone(response, onClose);
    if (isClientGone(response)) onClose();
    open.stopBy(onClose);
    const { admission, whose } = admissionOf(exchange, room.area);
    const store = new StorageTusStore(room.uploads, whose, admission, maxSize);
    let failure: unknown;
    const server = new Server({
      path: '/',
      datastore: store,
      locker: lockerOf(room.locker, request, gone.signal, store, open),
      maxSize,
      lockDrainTimeout: DRAIN_MS,
      disableTerminationForFinishedUploads: true,
      namingFunction: () => randomUUID().replaceAll('-', ''),
      getFileIdFromRequest: () => (room.uploads.folder(exchange.id ?? '') ? exchange.id : undefined),
      generateUrl: (_request, { id }) => locationOf(exchange, id),
      onResponseError: (_request, error) => {
        failure = error;
        return undefined;
      },
    });
    try {
      const answer = await server.handleWeb(webRequest(request, body));
      if (answer.status >= 400) await store.forget();
      // Of a body that is cut off by the server, the server knows why.
      const own = StorageError.is(store.failure, 'ABORTED') ? failure : store.failure;
      if (open.isStopped && isCut(exchange, answer, store, failure)) throw shuttingDown();
      await sendAnswer(exchange, answer, store, own ?? failure);
    } finally {
      body.release();
      release();
    }
  }
}

function admissionOf(
  { served, access, request, owner }: TusExchange,
  area: PendingArea,
): { readonly admission: ServedAdmission; readonly whose: TusOwner } {
  const allowed = access ?? { storage: served.storage, scope: '', principal: undefined };
  const { principal, scope } = allowed;
  const digest = access ? createHash('sha256').update(ownerOf(principal, owner)).digest('base64url') : '';
  return {
    admission: new ServedAdmission(served, area, allowed, request),
    whose: { owner: digest, scope },
  };
}

/**
 * Of an upload that is just being created only sweeps know, and one that is a record alone is nothing that they can harm. Who is gone
 * waits for nothing, and nobody ends the request of another one by asking for an upload that is not his.
 */
function lockerOf(
  locker: TusLocker,
  request: HttpRequest,
  gone: AbortSignal,
  store: StorageTusStore,
  open: OpenRequest,
): TusLocker {
  const creates = methodOf(request) === 'POST';
  if (creates && !hasContent(request) && Number(request.headers['upload-length']) !== 0)
    return { newLock: () => ({ lock: async () => {}, unlock: async () => {} }) };
  return {
    newLock: (id) => {
      const lock = locker.newLock(id);
      return {
        lock: async (signal, release) => {
          if (!creates) await store.assertOwn(id);
          await lock.lock(AbortSignal.any([signal, gone]), release);
          open.stopBy(() => void release());
        },
        unlock: () => lock.unlock(),
      };
    },
  };
}

/**
 * A POST below an upload is one of the other methods: https://tus.io/protocols/resumable-upload#x-http-method-override
 * Nobody is told of `concatenation`, https://tus.io/protocols/resumable-upload#concatenation
 */
function assertMeant({ request, id = '' }: TusExchange): void {
  if (request.method === 'POST' && id !== '' && methodOf(request) === 'POST')
    throw new NotFoundException('There is nothing here');
  // The server says 501, whose text nobody is told, and which is logged as a fault of ours.
  if (request.headers['upload-concat'] !== undefined)
    throw new BadRequestException('An upload is not joined from several: leave parallelUploads at 1');
}

function hasContent({ headers }: HttpRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** What the server reads of a request. Its URL has a host that nobody sees: paths of answers are made of the path as it came. */
function webRequest(request: HttpRequest, body: TusBody): Request {
  const { headers } = request;
  const method = methodOf(request);
  const hasBody = method === 'POST' || method === 'PATCH';
  return new Request(`http://tus${rawPath(request)}`, {
    method,
    headers: webHeaders(headers, sentContentType(rawRequest(request))),
    ...(hasBody && { body: body.stream, duplex: 'half' }),
  });
}

function methodOf({ method, headers }: HttpRequest): string {
  const override = headers['x-http-method-override'];
  const meant = typeof override === 'string' ? override.toUpperCase() : '';
  return method === 'POST' && OVERRIDES.includes(meant) ? meant : method;
}

function webHeaders(headers: IncomingHttpHeaders, contentType: string | undefined): Headers {
  const all = new Headers();
  for (const [name, value] of Object.entries(headers))
    // Of a chain of proxies it is a list, which the server refuses.
    if (value !== undefined && !name.startsWith(':') && name !== 'x-forwarded-proto')
      all.set(name, Array.isArray(value) ? value.join(', ') : value);
  all.delete('content-type');
  if (contentType !== undefined) all.set('content-type', contentType);
  return all;
}

/** Relative to the URL of the request as its client knows it, so that no proxy in between can make it wrong. */
function locationOf({ request, baseUrl }: TusExchange, id: string): string {
  const path = rawPath(request);
  if (baseUrl !== undefined) return `${baseUrl.replace(/\/+$/, '')}${path.replace(/\/+$/, '')}/${id}`;
  return path.endsWith('/') ? id : `${path.slice(path.lastIndexOf('/') + 1)}/${id}`;
}

/**
 * Whether a server that closes did not let a request come to its own end. Of a creation the answer tells what has come; what is refused
 * for itself would be refused again.
 */
function isCut(
  { request }: TusExchange,
  { status }: Response,
  { finished }: StorageTusStore,
  failure: unknown,
): boolean {
  if (status === 423 || isAborted(failure)) return true;
  return methodOf(request) === 'PATCH' && status === 204 && !finished && !rawRequest(request).readableEnded;
}
