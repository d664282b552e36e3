import { afterEach, expect, it } from '@jest/globals';
import { Module, type INestApplication } from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { OpenConnections } from '../../src/app/open-connections.js';
import { AppModule } from '../../src/app/app.module.js';

@Module({
  providers: [
    {
      provide: OpenConnections,
      inject: [HttpAdapterHost],
      useFactory: (host: HttpAdapterHost) => new OpenConnections(host, 100),
    },
  ],
})
class Small {}

let socket: Socket | undefined;
afterEach(() => void socket?.destroy());

const stuck = async (app: INestApplication, text: string): Promise<void> => {
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  await new Promise((resolve) => setTimeout(resolve, 50));
};

it.each(['GET / HTTP/1.1\r\nX-Never: ', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc'])(
  'A client that never ends its request does not keep the server: %j',
  async (text) => {
    const app = await NestFactory.create(Small, { logger: false });
    await stuck(app, text);
    const closed = app.close().then(() => 'closed');
    const late = new Promise((resolve) => setTimeout(() => resolve('open'), 15_000).unref());
    expect(await Promise.race([closed, late])).toBe('closed');
  },
);

it('The reference server has it', () => {
  const { providers = [] } = AppModule.forEnvironment({});
  expect(providers).toContainEqual(expect.objectContaining({ provide: OpenConnections }));
});
