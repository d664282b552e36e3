import { expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { boot, storages } from './harness.js';
import { describeAdapters } from './support/adapters.js';

@Controller('own')
class OwnController {
  @Post()
  own(): void {}
}

describeAdapters(
  'The media type of bodies that are left unread',
  () => {
    it('opens no route of the application when a client sends it', async () => {
      const server = await boot(
        [
          storages({ documents: new MemoryBackend() }),
          StorageHttpModule.forRoot({
            storages: { documents: { operations: ['upload'] } },
            authorize: () => true,
          }),
        ],
        { controllers: [OwnController] },
      );
      const post = (path: string, type: string): Promise<number> =>
        fetch(server.url + path, { method: 'POST', headers: { 'Content-Type': type }, body: 'x' }).then(
          ({ status }) => status,
        );
      const type = 'application/vnd.nestjs-stowage.unread';
      expect([await post('/own', type), await post('/own', 'application/unknown')]).toEqual([415, 415]);
      // As whatever is no form.
      expect(await post('/api/documents/upload', type)).toBe(400);
      expect(await post('/own', 'text/plain')).toBe(201);
      await server.close();
    });
  },
  ['fastify'],
);
