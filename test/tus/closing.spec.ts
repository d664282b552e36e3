import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { request, type ClientRequest, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';
import type { Layer, Operation } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import type { ServedStorageOptions } from '../../src/http/index.js';
import type { Harness } from '../http/harness.js';
import { describeAdapters } from '../http/support/adapters.js';
import { until } from '../support/until.js';
import { sleep, within } from '../support/within.js';
import { serveTus } from './support/serve-tus.js';
import { create, offsetOf, patch, tusRequest, type TusAnswer } from './support/tus-request.js';

const TUS = { 'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream' };
const SIZE = 1_000_000;
const PART = Buffer.alloc(300_000, 'a');

/** What is asked for when a request has its lock. */
const isList = ({ name }: Operation): boolean => name === 'list';
const isSegment = ({ name, key }: Operation): boolean => name === 'put' && !key.endsWith('/lock');

describeAdapters('A server that closes while uploads come', (adapter) => {
  let backend: MemoryBackend;
  let app: Harness | undefined;
  let sent: ClientRequest[];
  /** What has come on each connection. */
  let connections: Socket[];
  beforeEach(() => {
    backend = new MemoryBackend();
    sent = [];
    connections = [];
  });
  afterEach(async () => {
    for (const one of sent) one.destroy();
    await app?.close();
    app = undefined;
  });

  const serve = async (
    rules: Partial<ServedStorageOptions> = {},
    storage: StorageBackend = backend,
  ): Promise<string> => {
    app = await serveTus({ backend: storage, adapter, rules });
    const http = app.app.getHttpServer() as Server;
    http.on('connection', (socket) => connections.push(socket));
    return `${app.url}/api/documents/tus`;
  };
  const close = async (): Promise<void> => {
    const closed = app?.close();
    app = undefined;
    // Less than what it waits for those that do not end.
    await within(closed ?? Promise.resolve(), 'the end of the server', 4_000);
  };
  /** Resolves when it closes: whatever begins is refused then. */
  const refusing = (at: string): Promise<void> =>
    until(async () => (await tusRequest('OPTIONS', at)).status === 503, 4_000);
  /** The same upload, on the server that is at `at` now. */
  const there = (upload: string, at: string): string => at + upload.slice(upload.lastIndexOf('/'));

  /** A request that sends a part of what it promises, and then stands still. */
  async function stalled(
    method: string,
    url: string,
    headers: Record<string, string>,
  ): Promise<{ readonly answer: Promise<IncomingMessage> }> {
    const client = request(url, { method, headers: { ...TUS, 'Content-Length': SIZE, ...headers } });
    sent.push(client);
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      client.on('response', (response) => resolve(response.resume())).on('error', reject);
    });
    answer.catch(() => undefined);
    await new Promise<void>((resolve) => client.write(PART, () => resolve()));
    await until(() => connections.some(({ bytesRead }) => bytesRead > PART.length));
    // It has to be taken, too.
    await sleep(100);
    return { answer };
  }

  it('stores what has come of a PATCH, and has its client try again', async () => {
    const url = await create(await serve(), SIZE);
    const { answer } = await stalled('PATCH', url, { 'Upload-Offset': '0' });
    await close();
    const { statusCode, headers } = await within(answer, 'the answer');
    expect([statusCode, headers['retry-after'], headers.connection]).toEqual([503, '2', 'close']);
    const next = there(url, await serve());
    expect(await offsetOf(next)).toBe(PART.length);
    const rest = await patch(next, PART.length, Buffer.alloc(SIZE - PART.length, 'b'));
    expect([rest.status, rest.headers['upload-offset']]).toEqual([204, String(SIZE)]);
  });

  it('tells a client that begins an upload where it is, and what has come', async () => {
    const at = await serve();
    const { answer } = await stalled('POST', at, { 'Upload-Length': String(SIZE) });
    await close();
    const { statusCode, headers } = await within(answer, 'the answer');
    expect([statusCode, headers['upload-offset']]).toEqual([201, String(PART.length)]);
    const next = there(new URL(headers.location ?? '', at).href, await serve());
    expect(await offsetOf(next)).toBe(PART.length);
  });

  it('lets one that is all there become an object, and takes nothing else', async () => {
    let goOn = (): void => undefined;
    const resumed = new Promise<void>((resolve) => (goOn = resolve));
    let onReached = (): void => undefined;
    const reached = new Promise<void>((resolve) => (onReached = resolve));
    const at = await serve({
      async onStored() {
        onReached();
        await within(resumed, 'the test');
      },
    });
    const url = await create(at, 3);
    const last = patch(url, 0, Buffer.from('all'));
    await within(reached, 'onStored');
    const waiting = patch(url, 0, Buffer.from('all'));
    await sleep(100);
    const closed = close();
    const later = await create(at, 3).catch((error: unknown) => String(error));
    expect(later).toContain('503');
    expect((await waiting).status).toBe(503);
    goOn();
    const { status, headers } = await last;
    expect([status, headers['upload-offset']]).toEqual([204, '3']);
    await closed;
  });

  /** The backend, whose next operation of that kind begins when the test says so, once `hold` was called. */
  function slow(isMeant: (operation: Operation) => boolean) {
    let held: Promise<void> | undefined;
    let onReached = (): void => undefined;
    let goOn = (): void => undefined;
    const layer: Layer = async (operation, next) => {
      const waiting = isMeant(operation) ? held : undefined;
      if (waiting) {
        held = undefined;
        onReached();
        await within(waiting, 'the test');
      }
      return next(operation);
    };
    return {
      storage: withLayers(backend, 'documents', [layer]),
      hold: (): Promise<void> => {
        held = new Promise((resolve) => (goOn = resolve));
        return within(new Promise<void>((resolve) => (onReached = resolve)), 'the operation');
      },
      goOn: () => goOn(),
    };
  }

  /** What `send` asks of an upload, held at the operation that is meant until the test says `goOn`, on a server that closes meanwhile. */
  async function caught(
    isMeant: (operation: Operation) => boolean,
    send: (url: string) => Promise<TusAnswer>,
  ) {
    const { storage, hold, goOn } = slow(isMeant);
    const at = await serve({}, storage);
    const url = await create(at, SIZE);
    const reached = hold();
    const answer = send(url);
    await reached;
    const closed = close();
    await refusing(at);
    return { url, answer, closed, goOn };
  }

  it('answers what is wrong with a request as it is, which would be refused again', async () => {
    const headers = { 'Upload-Length': String(SIZE) };
    const { answer, closed, goOn } = await caught(isList, (url) => patch(url, 0, PART, { headers }));
    goOn();
    expect((await answer).status).toBe(400);
    await closed;
  });

  it('acknowledges a PATCH all of which is stored, though more of the upload is to come', async () => {
    const { url, answer, closed, goOn } = await caught(isSegment, (to) => patch(to, 0, PART));
    goOn();
    const { status, headers } = await answer;
    expect([status, headers['upload-offset']]).toEqual([204, String(PART.length)]);
    await closed;
    expect(await offsetOf(there(url, await serve()))).toBe(PART.length);
  });

  it('has a client try again whose PATCH was ended before any of it was read', async () => {
    const { answer, closed, goOn } = await caught(isList, (url) => patch(url, 0, PART));
    // A request that is asked to end has half a second.
    await sleep(800);
    goOn();
    const { status, headers } = await answer;
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    await closed;
  });
});
