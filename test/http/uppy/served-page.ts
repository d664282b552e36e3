import { Controller, Get, Header, Module, type DynamicModule } from '@nestjs/common';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import type { StorageBackend } from '../../../src/core/backend.js';
import { StorageHttpModule, type ServedStorageOptions } from '../../../src/http/index.js';
import { boot, storages, type Harness } from '../harness.js';
import type { AdapterName } from '../support/adapters.js';

const SECRET = 'a secret of more than 32 characters';

/** An application with a page of Uppy, and a count of what its connections brought. */
export interface ServedPage extends Harness {
  /** Bytes that came to the application since it was started. */
  received(): number;
}

/** @param script Of the page. @param backend Gets the URL of the application. */
export async function servePage(
  script: string,
  adapter: AdapterName,
  backend: StorageBackend,
  options: Partial<ServedStorageOptions> = {},
  prepare?: (url: string) => void,
): Promise<ServedPage> {
  @Controller()
  class PageController {
    @Get('page')
    @Header('Content-Type', 'text/html')
    @Header('Set-Cookie', 'user=ann; SameSite=Strict; HttpOnly; Path=/')
    page(): string {
      return '<!doctype html><title>Uppy</title><script type="module" src="/page.js"></script>';
    }

    @Get('page.js')
    @Header('Content-Type', 'text/javascript')
    script(): string {
      return script;
    }
  }
  @Module({ controllers: [PageController] })
  class PageModule {}
  const served: DynamicModule = StorageHttpModule.forRoot({
    storages: {
      documents: {
        operations: ['direct', 'get', 'list'],
        maxSize: 20 * 1024 * 1024,
        types: ['application/octet-stream', 'text/plain', 'image/png'],
        ...options,
      },
    },
    secret: SECRET,
    principal: ({ headers }) =>
      /^Bearer (\w+)$/.exec(headers.authorization ?? '')?.[1] ??
      /(?:^|; )user=(\w+)/.exec(headers.cookie ?? '')?.[1],
    authorize: ({ principal }) => typeof principal === 'string' && { scope: `users/${principal}` },
  });
  const harness = await boot([storages({ documents: backend }), PageModule, served], { adapter });
  prepare?.(harness.url);
  const sockets = new Set<Socket>();
  (harness.app.getHttpServer() as Server).on('connection', (socket: Socket) => sockets.add(socket));
  return {
    ...harness,
    received: () => [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0),
  };
}

/** Local disk whose URLs lead to an application that is told later. */
export function localPlace(root: string): {
  readonly backend: LocalBackend;
  readonly at: (url: string) => void;
} {
  let base = '';
  const signing = { secret: SECRET, baseUrl: () => base, storage: 'documents' };
  return { backend: new LocalBackend({ root, signing }), at: (url) => void (base = url) };
}
