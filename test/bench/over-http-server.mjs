// node over-http-server.mjs KIND DIRECTORY ENDPOINT: what the suite `over-http` compares, each in a process of its own.
// KIND: bare (node:http), sendFile (Express) or express, fastify (StorageHttpModule). Tells its port by IPC.
import { createWriteStream } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';

const [kind, directory, endpoint] = process.argv.slice(2);
const server = await { bare, sendFile, express: nest, fastify: nest }[kind]();
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
  const { LocalBackend, StorageModule } = await import('../../dist/index.js');
  const { StorageHttpModule } = await import('../../dist/http/index.js');
  const adapter =
    kind === 'express'
      ? new (await import('@nestjs/platform-express')).ExpressAdapter()
      : new (await import('@nestjs/platform-fastify')).FastifyAdapter();
  class App {}
  Module({
    imports: [
      StorageModule.forRoot({
        name: 'audio',
        backend: endpoint
          ? await s3()
          : new LocalBackend({ root: join(directory, 'root'), durability: 'rename' }),
      }),
      StorageHttpModule.forRoot({
        storages: { audio: { operations: ['upload', 'get'], types: ['audio/*'], maxSize: 1 << 30 } },
        authorize: () => true,
      }),
    ],
  })(App);
  const app = await NestFactory.create(App, adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer();
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
