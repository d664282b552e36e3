import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { APP_GUARD } from '@nestjs/core';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { IncomingMessage } from 'node:http';
import { connect, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { LocalBackend } from '../../src/backends/local/backend.js';
import type { HttpRequest } from '../../src/http/message/http-request.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { readJson } from '../../src/http/message/read-json.js';
import { SignedBody } from '../../src/http/signed/signed-body.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { concurrency } from '../../src/layers/concurrency.js';
import { expectCode } from '../support/errors.js';
import { sleep, within } from '../support/within.js';
import { boot, type Harness } from './harness.js';
import { describeAdapters } from './support/adapters.js';

/** A request whose connection ended in the middle of its body, and which said so already. */
async function gone(): Promise<IncomingMessage> {
  const request = new IncomingMessage(new Socket());
  request.headers['content-type'] = 'application/json';
  request.push('{');
  request.on('error', () => undefined).destroy(new Error('aborted'));
  await sleep(10);
  return request;
}

describeAdapters('A request whose client is gone already', () => {
  it('has no body to store', async () => {
    const body = new SignedBody(await gone(), { maxSize: 10 });
    await expectCode(within(finished(body), 'the body'), 'ABORTED');
  });

  it('has no JSON', async () => {
    const request = (await gone()) as unknown as HttpRequest;
    await expectCode(within(readJson(request, 10), 'the body'), 'ABORTED');
  });
});

describeAdapters('A signed upload whose client goes before it begins', () => {
  let root: string;
  let server: Harness;
  let asked: (() => void) | undefined;
  let answer: Promise<void> | undefined;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-gone-'));
    const signing = {
      secret: 'a secret of the tests, long enough',
      baseUrl: 'http://files.test',
      storage: 'documents',
    };
    const backend = new LocalBackend({ root, durability: 'rename', signing });
    server = await boot(
      [
        StorageModule.forRoot({ name: 'documents', backend, layers: [concurrency(1)] }),
        StorageHttpModule.forRoot({
          storages: { documents: { operations: ['get'] } },
          authorize: () => false,
        }),
      ],
      { providers: [{ provide: APP_GUARD, useValue: { canActivate } }] },
    );
  });
  afterEach(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  });
  async function canActivate(): Promise<boolean> {
    asked?.();
    await answer;
    return true;
  }

  it('lets the next one through', async () => {
    const { pathname, search } = new URL((await server.storage.signedUrl('a.txt', { method: 'PUT' })).url);
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    let release = (): void => undefined;
    answer = new Promise((resolve) => (release = resolve));
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc`);
    await within(isAsked, 'the request');
    socket.resetAndDestroy();
    await sleep(100);
    release();
    await sleep(100);
    await within(server.storage.put('b.txt', 'b'), 'another put', 15_000);
    expect((await readdir(root)).filter((name) => name.endsWith('.txt'))).toEqual(['b.txt']);
  });
});
