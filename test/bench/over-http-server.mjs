// node over-http-server.mjs KIND DIRECTORY ENDPOINT: what the suite `over-http` compares, each in a process of its own.
// KIND: bare (node:http), sendFile (Express), express, fastify (StorageHttpModule), tus-express, tus-fastify, or nest-express, nest-fastify: a handler
// of Nest with one guard that sends 1 KiB of memory. Tells its port by IPC.
import { createWriteStream } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';

const [kind, directory, endpoint] = process.argv.slice(2);
const server = (await { bare, sendFile }[kind]?.()) ?? (await nest());
process.send({ port: server.address().port });
process.on('disconnect', () => process.exit(0));

/** Pipes each body to a file, or to the S3 server: the least that an upload costs. */
async function bare() {
  let count = 0;
  const toFile = (request, response) => {
    const file = request.pipe(createWriteStream(join(directory, `${count++}`)));
    file.once('close', () => response.writeHead(201).end());
  };
  const agent = new http.Agent({ keepAlive: true });
  const toServer = (request, response) => {
    const { hostname, port } = new URL(endpoint);
    const put = http.request({
      ...{ agent, hostname, port, method: 'PUT', path: `/bench/put-${count++}` },
      headers: { 'content-length': request.headers['content-length'] },
    });
    request.pipe(put).once('response', (answer) => {
      answer.resume().once('end', () => response.writeHead(201).end());
    });
  };
  return listening(http.createServer(endpoint ? toServer : toFile));
}

async function sendFile() {
  const { default: express } = await import('express');
  const app = express();
  app.get('/api/audio/objects/:name', (request, response) =>
    response.sendFile(request.params.name, { root: join(directory, 'root') }),
  );
  return listening(app);
}

async function nest() {
  const { Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const adapter = kind.endsWith('express')
    ? new (await import('@nestjs/platform-express')).ExpressAdapter()
    : new (await import('@nestjs/platform-fastify')).FastifyAdapter();
  class App {}
  Module(kind.startsWith('nest-') ? await constant() : await storages())(App);
  const app = await NestFactory.create(App, adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer();
}

/** What Nest takes for itself: no answer of a Nest application costs less. */
async function constant() {
  const { Controller, Get, Req, Res, UseGuards } = await import('@nestjs/common');
  const bytes = Buffer.alloc(1024, 'stowage ');
  class Floor {
    get(_request, response) {
      response.hijack?.();
      (response.raw ?? response).setHeader('Content-Length', bytes.length).end(bytes);
    }
  }
  Controller('api')(Floor);
  UseGuards({ canActivate: async () => true })(Floor);
  Req()(Floor.prototype, 'get', 0);
  Res()(Floor.prototype, 'get', 1);
  const path = `:storage/objects/${kind.endsWith('fastify') ? '*' : '*key'}`;
  Get(path)(Floor.prototype, 'get', Object.getOwnPropertyDescriptor(Floor.prototype, 'get'));
  return { controllers: [Floor] };
}

async function storages() {
  const { LocalBackend, StorageModule } = await import('../../dist/index.js');
  const { StorageHttpModule } = await import('../../dist/http/index.js');
  const { TusModule } = await import('../../dist/tus/index.js');
  return {
    imports: [
      StorageModule.forRoot({
        name: 'audio',
        backend: endpoint
          ? await s3()
          : new LocalBackend({ root: join(directory, 'root'), durability: 'rename' }),
      }),
      StorageHttpModule.forRoot({
        storages: { audio: { operations: ['upload', 'get', 'tus'], types: ['audio/*'], maxSize: 1 << 30 } },
        authorize: () => true,
        secret: 'of the benchmark alone, long enough',
      }),
      TusModule.forRoot(),
    ],
  };
}

async function s3() {
  const { S3Backend } = await import('../../dist/backends/s3/index.js');
  return new S3Backend({
    bucket: 'bench',
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: process.env.BENCH_KEY, secretAccessKey: process.env.BENCH_SECRET },
    profile: process.env.BENCH_PROFILE,
    // As over TLS; over http a body is hashed for its signature, which `bare` does not do.
    payload: 'unsigned',
  });
}

function listening(app) {
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server));
  });
}
